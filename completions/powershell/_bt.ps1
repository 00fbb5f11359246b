
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'bt' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'bt'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'bt' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'Names the commands, one a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('decode', 'decode', [CompletionResultType]::ParameterValue, 'Bencode to JSON')
            [CompletionResult]::new('encode', 'encode', [CompletionResultType]::ParameterValue, 'JSON to bencode')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Shows what a torrent is, or what a tracker wrote')
            [CompletionResult]::new('publish', 'publish', [CompletionResultType]::ParameterValue, 'Makes metainfo of files and directories')
            [CompletionResult]::new('track', 'track', [CompletionResultType]::ParameterValue, 'Runs a tracker')
            [CompletionResult]::new('seed', 'seed', [CompletionResultType]::ParameterValue, 'Offers what is complete')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Downloads a torrent')
            [CompletionResult]::new('open', 'open', [CompletionResultType]::ParameterValue, 'Downloads what a browser hands over')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Writes completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Shows the manual pages')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'bt;decode' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--lenient', '--lenient', [CompletionResultType]::ParameterName, 'Take leading zeros, negative zero, unsorted and double keys and bytes after the end, and warn')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;encode' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to write; `-` is standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to write; `-` is standard output')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write over an existing file, and raw bencode to a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;inspect' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'All of the bencode as JSON, as `bt decode` shows it; takes any bencode')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Write --format bencode to a terminal')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write --format bencode to a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;publish' {
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'One more tracker, after those named behind PATH; may be repeated')
            [CompletionResult]::new('--tracker', '--tracker', [CompletionResultType]::ParameterName, 'One more tracker, after those named behind PATH; may be repeated')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where the metainfo goes: a file, a directory, or - for standard output [default: PATH.torrent]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where the metainfo goes: a file, a directory, or - for standard output [default: PATH.torrent]')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Bytes in a piece, a power of two [default: by size, 16KiB to 16MiB]')
            [CompletionResult]::new('--piece-length', '--piece-length', [CompletionResultType]::ParameterName, 'Bytes in a piece, a power of two [default: by size, 16KiB to 16MiB]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The name that others store it under [default: PATH''s own]')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name that others store it under [default: PATH''s own]')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'A word to people')
            [CompletionResult]::new('--comment', '--comment', [CompletionResultType]::ParameterName, 'A word to people')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'A mark inside the info-hash, by which trackers tell their torrents apart')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'A mark inside the info-hash, by which trackers tell their torrents apart')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'A server that has the files too (BEP 19); may be repeated')
            [CompletionResult]::new('--web-seed', '--web-seed', [CompletionResultType]::ParameterName, 'A server that has the files too (BEP 19); may be repeated')
            [CompletionResult]::new('--created-by', '--created-by', [CompletionResultType]::ParameterName, 'The program that made it; an empty one is left out')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'How many pieces are hashed at once [default: one a core]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Write over an existing file; write metainfo to a terminal')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write over an existing file; write metainfo to a terminal')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Only peers of its own trackers (BEP 27)')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Only peers of its own trackers (BEP 27)')
            [CompletionResult]::new('--no-date', '--no-date', [CompletionResultType]::ParameterName, 'Leave the creation date out')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;track' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port to listen on; 0 takes a free one and says which')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port to listen on; 0 takes a free one and says which')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Address to listen at [default: all, IPv4 and IPv6]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Where the state is kept; made if it is missing')
            [CompletionResult]::new('--dfile', '--dfile', [CompletionResultType]::ParameterName, 'Where the state is kept; made if it is missing')
            [CompletionResult]::new('--save-interval', '--save-interval', [CompletionResultType]::ParameterName, 'Between two saves of the dfile')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'What peers are told to wait between announces')
            [CompletionResult]::new('--timeout-downloaders', '--timeout-downloaders', [CompletionResultType]::ParameterName, 'How long a peer may be silent before it counts as gone')
            [CompletionResult]::new('--response-size', '--response-size', [CompletionResultType]::ParameterName, 'Peers told of where the asker wants no certain number; 200 at most')
            [CompletionResult]::new('--socket-timeout', '--socket-timeout', [CompletionResultType]::ParameterName, 'For a client to say what it wants, and for a peer to take the call of --nat-check')
            [CompletionResult]::new('--log-flush', '--log-flush', [CompletionResultType]::ParameterName, 'Between two flushes of the log')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines look [default: common; json with --json]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--nat-check', '--nat-check', [CompletionResultType]::ParameterName, 'Call each peer back, and refuse those that cannot be reached')
            [CompletionResult]::new('--trust-ip', '--trust-ip', [CompletionResultType]::ParameterName, 'Believe the ip= of askers on loopback and private addresses')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;seed' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the data lies: the folder that holds it, or the data itself')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The first free one of these ports is listened at; 0: any')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'The only address to listen at and to connect from')
            [CompletionResult]::new('--max-upload-rate', '--max-upload-rate', [CompletionResultType]::ParameterName, 'Send at most so many bytes a second, each torrent')
            [CompletionResult]::new('--max-uploads', '--max-uploads', [CompletionResultType]::ParameterName, 'Send to so many peers at once, each torrent [default: as many as the line feeds]')
            [CompletionResult]::new('--max-peers', '--max-peers', [CompletionResultType]::ParameterName, 'Connections of each torrent, at most')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'A peer to connect to, whatever the trackers say; repeatable')
            [CompletionResult]::new('--seed-ratio', '--seed-ratio', [CompletionResultType]::ParameterName, 'Offer until so many times the torrent''s size was sent')
            [CompletionResult]::new('--seed-time', '--seed-time', [CompletionResultType]::ParameterName, 'Offer for so long')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--force-check', '--force-check', [CompletionResultType]::ParameterName, 'Read all data that is there, also what an earlier run has verified')
            [CompletionResult]::new('--no-dht', '--no-dht', [CompletionResultType]::ParameterName, 'Do not use the DHT (it is not used yet: for scripts that must be sure)')
            [CompletionResult]::new('--no-lsd', '--no-lsd', [CompletionResultType]::ParameterName, 'Do not look for peers in the local network (none are looked for yet)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;fetch' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The folder that the data is put into')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The folder that the data is put into')
            [CompletionResult]::new('--save-as', '--save-as', [CompletionResultType]::ParameterName, 'The file or folder itself that becomes the data, whatever the torrent''s name is')
            [CompletionResult]::new('--max-download-rate', '--max-download-rate', [CompletionResultType]::ParameterName, 'Receive at most so many bytes a second')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End with status 5 where nothing new came for so long [default: wait for ever]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The first free one of these ports is listened at; 0: any')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'The only address to listen at and to connect from')
            [CompletionResult]::new('--max-upload-rate', '--max-upload-rate', [CompletionResultType]::ParameterName, 'Send at most so many bytes a second, each torrent')
            [CompletionResult]::new('--max-uploads', '--max-uploads', [CompletionResultType]::ParameterName, 'Send to so many peers at once, each torrent [default: as many as the line feeds]')
            [CompletionResult]::new('--max-peers', '--max-peers', [CompletionResultType]::ParameterName, 'Connections of each torrent, at most')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'A peer to connect to, whatever the trackers say; repeatable')
            [CompletionResult]::new('--seed-ratio', '--seed-ratio', [CompletionResultType]::ParameterName, 'Offer until so many times the torrent''s size was sent')
            [CompletionResult]::new('--seed-time', '--seed-time', [CompletionResultType]::ParameterName, 'Offer for so long')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--keep-seeding', '--keep-seeding', [CompletionResultType]::ParameterName, 'Offer the data once it is there, until --seed-ratio, --seed-time or a signal')
            [CompletionResult]::new('--force-check', '--force-check', [CompletionResultType]::ParameterName, 'Read all data that is there, also what an earlier run has verified')
            [CompletionResult]::new('--no-dht', '--no-dht', [CompletionResultType]::ParameterName, 'Do not use the DHT (it is not used yet: for scripts that must be sure)')
            [CompletionResult]::new('--no-lsd', '--no-lsd', [CompletionResultType]::ParameterName, 'Do not look for peers in the local network (none are looked for yet)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;open' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Another folder than the user''s download folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Another folder than the user''s download folder')
            [CompletionResult]::new('--save-as', '--save-as', [CompletionResultType]::ParameterName, 'The file or folder itself that becomes the data, whatever the torrent''s name is')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The first free one of these ports is listened at; 0: any')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'The only address to listen at and to connect from')
            [CompletionResult]::new('--max-upload-rate', '--max-upload-rate', [CompletionResultType]::ParameterName, 'Send at most so many bytes a second, each torrent')
            [CompletionResult]::new('--max-uploads', '--max-uploads', [CompletionResultType]::ParameterName, 'Send to so many peers at once, each torrent [default: as many as the line feeds]')
            [CompletionResult]::new('--max-peers', '--max-peers', [CompletionResultType]::ParameterName, 'Connections of each torrent, at most')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'A peer to connect to, whatever the trackers say; repeatable')
            [CompletionResult]::new('--seed-ratio', '--seed-ratio', [CompletionResultType]::ParameterName, 'Offer until so many times the torrent''s size was sent')
            [CompletionResult]::new('--seed-time', '--seed-time', [CompletionResultType]::ParameterName, 'Offer for so long')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--keep-seeding', '--keep-seeding', [CompletionResultType]::ParameterName, 'Offer the data once it is there, until --seed-ratio, --seed-time or a signal')
            [CompletionResult]::new('--force-check', '--force-check', [CompletionResultType]::ParameterName, 'Read all data that is there, also what an earlier run has verified')
            [CompletionResult]::new('--no-dht', '--no-dht', [CompletionResultType]::ParameterName, 'Do not use the DHT (it is not used yet: for scripts that must be sure)')
            [CompletionResult]::new('--no-lsd', '--no-lsd', [CompletionResultType]::ParameterName, 'Do not look for peers in the local network (none are looked for yet)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;completions' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Writes them as files into this folder, for the links such as bt-track too')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;man' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Writes all pages into this folder instead')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;help' {
            [CompletionResult]::new('decode', 'decode', [CompletionResultType]::ParameterValue, 'Bencode to JSON')
            [CompletionResult]::new('encode', 'encode', [CompletionResultType]::ParameterValue, 'JSON to bencode')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Shows what a torrent is, or what a tracker wrote')
            [CompletionResult]::new('publish', 'publish', [CompletionResultType]::ParameterValue, 'Makes metainfo of files and directories')
            [CompletionResult]::new('track', 'track', [CompletionResultType]::ParameterValue, 'Runs a tracker')
            [CompletionResult]::new('seed', 'seed', [CompletionResultType]::ParameterValue, 'Offers what is complete')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Downloads a torrent')
            [CompletionResult]::new('open', 'open', [CompletionResultType]::ParameterValue, 'Downloads what a browser hands over')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Writes completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Shows the manual pages')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'bt;help;decode' {
            break
        }
        'bt;help;encode' {
            break
        }
        'bt;help;inspect' {
            break
        }
        'bt;help;publish' {
            break
        }
        'bt;help;track' {
            break
        }
        'bt;help;seed' {
            break
        }
        'bt;help;fetch' {
            break
        }
        'bt;help;open' {
            break
        }
        'bt;help;completions' {
            break
        }
        'bt;help;man' {
            break
        }
        'bt;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
