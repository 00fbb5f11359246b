
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
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
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
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Changes metainfo and leaves all else byte for byte')
            [CompletionResult]::new('magnet', 'magnet', [CompletionResultType]::ParameterValue, 'Writes the magnet link of a torrent')
            [CompletionResult]::new('publish', 'publish', [CompletionResultType]::ParameterValue, 'Makes metainfo of files and directories')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Checks data against its metainfo')
            [CompletionResult]::new('track', 'track', [CompletionResultType]::ParameterValue, 'Runs a tracker')
            [CompletionResult]::new('seed', 'seed', [CompletionResultType]::ParameterValue, 'Offers what is complete')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Downloads a torrent')
            [CompletionResult]::new('open', 'open', [CompletionResultType]::ParameterValue, 'Downloads what a browser hands over')
            [CompletionResult]::new('announce', 'announce', [CompletionResultType]::ParameterValue, 'Asks trackers for the peers of a torrent')
            [CompletionResult]::new('scrape', 'scrape', [CompletionResultType]::ParameterValue, 'Asks trackers how many peers torrents have')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Writes completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Shows the manual pages')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'bt;decode' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
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
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
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
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'One value as text, such as .info_hash.v1, .files[0].path or .trackers[][]; may be repeated')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--tree', '--tree', [CompletionResultType]::ParameterName, 'The tree of all files, each folder with its sum, also into a pipe')
            [CompletionResult]::new('--files', '--files', [CompletionResultType]::ParameterName, 'A line for each file: its bytes, a tab, its path; with --json an object')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'With --files: each line ends in NUL, not in a newline, and names are as they are')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'With --files: each line ends in NUL, not in a newline, and names are as they are')
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
        'bt;edit' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to write; - is standard output [default: -]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to write; - is standard output [default: -]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('--add-tracker', '--add-tracker', [CompletionResultType]::ParameterName, 'One more tracker, a tier behind the others; may be repeated')
            [CompletionResult]::new('--tier', '--tier', [CompletionResultType]::ParameterName, 'The tier that the new trackers join, from 1')
            [CompletionResult]::new('--remove-tracker', '--remove-tracker', [CompletionResultType]::ParameterName, 'Without the trackers that match; may be repeated')
            [CompletionResult]::new('--replace-tracker', '--replace-tracker', [CompletionResultType]::ParameterName, 'Other URLs for the trackers that match; may be repeated')
            [CompletionResult]::new('--add-web-seed', '--add-web-seed', [CompletionResultType]::ParameterName, 'A server that has the files too (BEP 19); may be repeated')
            [CompletionResult]::new('--remove-web-seed', '--remove-web-seed', [CompletionResultType]::ParameterName, 'Without the web seeds that match; may be repeated')
            [CompletionResult]::new('--replace-web-seed', '--replace-web-seed', [CompletionResultType]::ParameterName, 'Other URLs for the web seeds that match, as --replace-tracker has it')
            [CompletionResult]::new('--add-http-seed', '--add-http-seed', [CompletionResultType]::ParameterName, 'A server of the older kind (BEP 17); may be repeated')
            [CompletionResult]::new('--remove-http-seed', '--remove-http-seed', [CompletionResultType]::ParameterName, 'Without the servers of the older kind that match; may be repeated')
            [CompletionResult]::new('--add-node', '--add-node', [CompletionResultType]::ParameterName, 'A node of the DHT that may know peers (BEP 5); may be repeated')
            [CompletionResult]::new('--remove-node', '--remove-node', [CompletionResultType]::ParameterName, 'Without the nodes that match as HOST:PORT; may be repeated')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'A word to people')
            [CompletionResult]::new('--comment', '--comment', [CompletionResultType]::ParameterName, 'A word to people')
            [CompletionResult]::new('--created-by', '--created-by', [CompletionResultType]::ParameterName, 'The program that made it')
            [CompletionResult]::new('--date', '--date', [CompletionResultType]::ParameterName, 'When it was made: 2026-01-31, 2026-01-31T12:00:00Z, seconds since 1970, or now')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'A mark inside `info`, by which trackers tell their torrents apart')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'A mark inside `info`, by which trackers tell their torrents apart')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A value at a path, such as /x-key="text" or /nodes/0/1=6881; may be repeated')
            [CompletionResult]::new('--unset', '--unset', [CompletionResultType]::ParameterName, 'Without the key or element at a path; may be repeated')
            [CompletionResult]::new('--sign', '--sign', [CompletionResultType]::ParameterName, 'Sign with this private key, RSA in PEM (BEP 35)')
            [CompletionResult]::new('--certificate', '--certificate', [CompletionResultType]::ParameterName, 'The certificate of the key, in PEM or DER')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Change the files in their places')
            [CompletionResult]::new('--in-place', '--in-place', [CompletionResultType]::ParameterName, 'Change the files in their places')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Write nothing, but show what would change')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Write nothing, but show what would change')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Write over an existing file; write metainfo to a terminal')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write over an existing file; write metainfo to a terminal')
            [CompletionResult]::new('--change-info-hash', '--change-info-hash', [CompletionResultType]::ParameterName, 'Take changes inside `info`, and tell the old and the new info-hash')
            [CompletionResult]::new('--clear-trackers', '--clear-trackers', [CompletionResultType]::ParameterName, 'Without any of the old trackers')
            [CompletionResult]::new('--no-comment', '--no-comment', [CompletionResultType]::ParameterName, 'Without a comment')
            [CompletionResult]::new('--no-created-by', '--no-created-by', [CompletionResultType]::ParameterName, 'Without the program that made it')
            [CompletionResult]::new('--no-date', '--no-date', [CompletionResultType]::ParameterName, 'Without the date')
            [CompletionResult]::new('--no-source', '--no-source', [CompletionResultType]::ParameterName, 'Without that mark')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Only peers of its own trackers (BEP 27); inside `info`')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Only peers of its own trackers (BEP 27); inside `info`')
            [CompletionResult]::new('--public', '--public', [CompletionResultType]::ParameterName, 'Peers from everywhere; inside `info`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;magnet' {
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'The info-hash of this version alone [default: of all that there are]')
            [CompletionResult]::new('--select', '--select', [CompletionResultType]::ParameterName, 'The files that are wanted: numbers and ranges, or a glob; may be repeated (BEP 53)')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'A peer that has it; may be repeated')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'One more tracker, behind those of the torrent; may be repeated')
            [CompletionResult]::new('--tracker', '--tracker', [CompletionResultType]::ParameterName, 'One more tracker, behind those of the torrent; may be repeated')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'Tell the size')
            [CompletionResult]::new('--no-name', '--no-name', [CompletionResultType]::ParameterName, 'Leave the name out')
            [CompletionResult]::new('--no-trackers', '--no-trackers', [CompletionResultType]::ParameterName, 'Leave the trackers of the torrent out')
            [CompletionResult]::new('--no-web-seeds', '--no-web-seeds', [CompletionResultType]::ParameterName, 'Leave the web seeds out')
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
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The name that others store it under [default: PATH''s own]')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name that others store it under [default: PATH''s own]')
            [CompletionResult]::new('--also-write', '--also-write', [CompletionResultType]::ParameterName, 'Store the stream that is published in FILE, or pass it on to standard output with -')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Bytes in a piece, a power of two from 16KiB to 1GiB [default: by size]')
            [CompletionResult]::new('--piece-length', '--piece-length', [CompletionResultType]::ParameterName, 'Bytes in a piece, a power of two from 16KiB to 1GiB [default: by size]')
            [CompletionResult]::new('--max-piece-length', '--max-piece-length', [CompletionResultType]::ParameterName, 'The most bytes in a piece, where the length goes by size')
            [CompletionResult]::new('--piece-count', '--piece-count', [CompletionResultType]::ParameterName, 'The most pieces: the shortest length that makes no more')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'A word to people')
            [CompletionResult]::new('--comment', '--comment', [CompletionResultType]::ParameterName, 'A word to people')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'A mark inside the info-hash, by which trackers tell their torrents apart')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'A mark inside the info-hash, by which trackers tell their torrents apart')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'A server that has the files too (BEP 19); may be repeated')
            [CompletionResult]::new('--web-seed', '--web-seed', [CompletionResultType]::ParameterName, 'A server that has the files too (BEP 19); may be repeated')
            [CompletionResult]::new('--http-seed', '--http-seed', [CompletionResultType]::ParameterName, 'A server of the older kind, which knows pieces (BEP 17); may be repeated')
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'A node of the DHT that may know peers (BEP 5); may be repeated')
            [CompletionResult]::new('--similar', '--similar', [CompletionResultType]::ParameterName, 'A torrent that has some of the same files (BEP 38); may be repeated')
            [CompletionResult]::new('--collection', '--collection', [CompletionResultType]::ParameterName, 'A group of torrents that may share files (BEP 38); may be repeated')
            [CompletionResult]::new('--update-url', '--update-url', [CompletionResultType]::ParameterName, 'Where a newer torrent in place of this one will be found (BEP 39)')
            [CompletionResult]::new('--created-by', '--created-by', [CompletionResultType]::ParameterName, 'The program that made it; an empty one is left out')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Any further key; may be repeated')
            [CompletionResult]::new('--sign', '--sign', [CompletionResultType]::ParameterName, 'Sign with this private key, RSA in PEM (BEP 35)')
            [CompletionResult]::new('--certificate', '--certificate', [CompletionResultType]::ParameterName, 'The certificate of the key, in PEM or DER')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'How many threads hash [default: one a core]')
            [CompletionResult]::new('--io-limit', '--io-limit', [CompletionResultType]::ParameterName, 'Read no faster than so many bytes a second: 50MiB/s')
            [CompletionResult]::new('--reuse', '--reuse', [CompletionResultType]::ParameterName, 'Take over hashes of files that have not changed since TORRENT was made; may be repeated')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only files that match, or whose directory does; may be repeated')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Neither files nor directories that match; may be repeated')
            [CompletionResult]::new('--hidden', '--hidden', [CompletionResultType]::ParameterName, 'Names that begin with a dot')
            [CompletionResult]::new('--junk', '--junk', [CompletionResultType]::ParameterName, 'What systems leave behind in directories: Thumbs.db, .DS_Store and the like')
            [CompletionResult]::new('--cvs-core', '--cvs-core', [CompletionResultType]::ParameterName, 'Files and directories called CVS or core')
            [CompletionResult]::new('--links', '--links', [CompletionResultType]::ParameterName, 'What becomes of symbolic links in a directory')
            [CompletionResult]::new('--attributes', '--attributes', [CompletionResultType]::ParameterName, 'Mark files as executable or hidden (BEP 47)')
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Take the files that FILE names, or standard input with -, one a line')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'The order of the files')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Write over existing files; write metainfo to a terminal')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write over existing files; write metainfo to a terminal')
            [CompletionResult]::new('--v1', '--v1', [CompletionResultType]::ParameterName, 'Version 1, which every client knows [default]')
            [CompletionResult]::new('--v2', '--v2', [CompletionResultType]::ParameterName, 'Version 2 (BEP 52), with a hash tree for each file')
            [CompletionResult]::new('--hybrid', '--hybrid', [CompletionResultType]::ParameterName, 'Both versions in one, for clients of either')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Only peers of its own trackers (BEP 27)')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Only peers of its own trackers (BEP 27)')
            [CompletionResult]::new('--no-date', '--no-date', [CompletionResultType]::ParameterName, 'Leave the creation date out')
            [CompletionResult]::new('--md5sum', '--md5sum', [CompletionResultType]::ParameterName, 'Write the MD5 of each file too')
            [CompletionResult]::new('--sha1', '--sha1', [CompletionResultType]::ParameterName, 'Write the SHA-1 of each file too (BEP 47)')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Keep finished hashes while hashing, and go on from those that an interrupted run has kept')
            [CompletionResult]::new('--ignore-files', '--ignore-files', [CompletionResultType]::ParameterName, 'Leave out what .gitignore and .ignore say')
            [CompletionResult]::new('--each', '--each', [CompletionResultType]::ParameterName, 'Make a torrent of each entry of the directory PATH')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would go in, and make nothing')
            [CompletionResult]::new('--check-web-seeds', '--check-web-seeds', [CompletionResultType]::ParameterName, 'Make sure that each web seed has the files, and sends parts of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;verify' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the data lies: the folder that holds it, or the data itself')
            [CompletionResult]::new('--find', '--find', [CompletionResultType]::ParameterName, 'Look below DIR for files that were renamed or moved; may be repeated')
            [CompletionResult]::new('--link-into', '--link-into', [CompletionResultType]::ParameterName, 'Put all files that are right together in DIR/NAME, as hard links')
            [CompletionResult]::new('--repair-from', '--repair-from', [CompletionResultType]::ParameterName, 'Get pieces that are bad or missing from another copy or a web server; may be repeated')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'How many threads hash [default: one a core]')
            [CompletionResult]::new('--io-limit', '--io-limit', [CompletionResultType]::ParameterName, 'Read at most so many bytes a second')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--fast', '--fast', [CompletionResultType]::ParameterName, 'Look at sizes only and read nothing; says how many files were written after the torrent was made')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Name files in the torrent''s folder that the torrent does not have; status 1 where there are')
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'A line of JSON for each file and one at the end, in place of one document')
            [CompletionResult]::new('--copy', '--copy', [CompletionResultType]::ParameterName, 'With --link-into, make copies in place of links; they share blocks where the file system can')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'With --repair-from, also cut files that are too long')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'With --repair-from, also cut files that are too long')
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
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Address to listen at; may be repeated [default: all, IPv4 and IPv6]')
            [CompletionResult]::new('--udp-port', '--udp-port', [CompletionResultType]::ParameterName, 'UDP port to listen on [default: that of --port]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Where the state is kept; made if it is missing')
            [CompletionResult]::new('--dfile', '--dfile', [CompletionResultType]::ParameterName, 'Where the state is kept; made if it is missing')
            [CompletionResult]::new('--save-interval', '--save-interval', [CompletionResultType]::ParameterName, 'Between two saves of the dfile')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'What peers are told to wait between announces')
            [CompletionResult]::new('--timeout-downloaders', '--timeout-downloaders', [CompletionResultType]::ParameterName, 'How long a peer may be silent before it counts as gone')
            [CompletionResult]::new('--response-size', '--response-size', [CompletionResultType]::ParameterName, 'Peers told of where the asker wants no certain number: 1 to 200')
            [CompletionResult]::new('--socket-timeout', '--socket-timeout', [CompletionResultType]::ParameterName, 'For a client to say what it wants, and for a peer to take the call of --nat-check')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads that serve; 0: one a core')
            [CompletionResult]::new('--log-flush', '--log-flush', [CompletionResultType]::ParameterName, 'Between two flushes of the log')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines look [default: common; json with --json]')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'PEM file of the certificate for HTTPS, with those that lead from it to a root')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'PEM file of the certificate''s key')
            [CompletionResult]::new('--tls-port', '--tls-port', [CompletionResultType]::ParameterName, 'Port for HTTPS alone, beside --port for HTTP alone')
            [CompletionResult]::new('--unix', '--unix', [CompletionResultType]::ParameterName, 'Unix socket to serve HTTP at, for a proxy on this machine')
            [CompletionResult]::new('--websocket-interval', '--websocket-interval', [CompletionResultType]::ParameterName, 'What browsers are told to wait between announces, with which new offers come')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'Connections held at once; 0: as many as `ulimit -n` allows [default: the same, 16384 at most]')
            [CompletionResult]::new('--connections-per-address', '--connections-per-address', [CompletionResultType]::ParameterName, 'Connections held at once for one address, an IPv6 one counted by its /64; 0: no limit')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'How long a connection is kept for another request')
            [CompletionResult]::new('--head-size', '--head-size', [CompletionResultType]::ParameterName, 'How long the head of a request may be, 1KiB to 1MiB; more is answered with 431')
            [CompletionResult]::new('--uri-size', '--uri-size', [CompletionResultType]::ParameterName, 'How long its URI may be, 1KiB to --head-size; more is answered with 414 [default: 12KiB, or --head-size where that is less]')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Serve only these torrents: a list, or a folder of .torrent files')
            [CompletionResult]::new('--deny', '--deny', [CompletionResultType]::ParameterName, 'Never serve these torrents: a list, or a folder, as for --allow')
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Serve only who has one of these keys, at /KEY/announce')
            [CompletionResult]::new('--trusted-proxy', '--trusted-proxy', [CompletionResultType]::ParameterName, 'Proxies that are believed whom they speak for: CIDR blocks or addresses')
            [CompletionResult]::new('--proxy-header', '--proxy-header', [CompletionResultType]::ParameterName, 'The header in which the trusted proxies say it; the other is not looked at')
            [CompletionResult]::new('--external-ip', '--external-ip', [CompletionResultType]::ParameterName, 'Address of the tracker''s own network as seen from outside; one IPv4, one IPv6')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Requests of one address: N/s or N/m, and so many at once [default: 500/s,10000; private addresses: no limit]')
            [CompletionResult]::new('--torrents-per-address', '--torrents-per-address', [CompletionResultType]::ParameterName, 'Torrents of one address; 0: no limit')
            [CompletionResult]::new('--peers-per-address', '--peers-per-address', [CompletionResultType]::ParameterName, 'Peers of one address, a torrent and a port each; 0: no limit [default: 20000; private addresses: no limit]')
            [CompletionResult]::new('--min-interval', '--min-interval', [CompletionResultType]::ParameterName, 'The least time between announces that peers are told')
            [CompletionResult]::new('--interval-jitter', '--interval-jitter', [CompletionResultType]::ParameterName, 'By how many percent --interval is longer or shorter, at random')
            [CompletionResult]::new('--most-memory', '--most-memory', [CompletionResultType]::ParameterName, 'Memory for all swarms, at least 1MiB; 0: no limit')
            [CompletionResult]::new('--most-peers', '--most-peers', [CompletionResultType]::ParameterName, 'Peers of all torrents together; 0: no limit')
            [CompletionResult]::new('--most-torrents', '--most-torrents', [CompletionResultType]::ParameterName, 'Torrents; 0: no limit')
            [CompletionResult]::new('--torrents', '--torrents', [CompletionResultType]::ParameterName, 'Offer the .torrent files of this folder')
            [CompletionResult]::new('--public-url', '--public-url', [CompletionResultType]::ParameterName, 'Where the tracker is seen from outside, as in https://tracker.example [default: as each request names its host]')
            [CompletionResult]::new('--index', '--index', [CompletionResultType]::ParameterName, 'Who sees the page / that lists the torrents [default: all; with --keys: none]')
            [CompletionResult]::new('--stats', '--stats', [CompletionResultType]::ParameterName, 'Who sees the pages /stats and /stats.json, and /metrics beside them [default: all; with --keys: none]')
            [CompletionResult]::new('--files', '--files', [CompletionResultType]::ParameterName, 'Who gets the files of --torrents, and the feed [default: all; with --keys: none]')
            [CompletionResult]::new('--metrics-listen', '--metrics-listen', [CompletionResultType]::ParameterName, 'Serve the metrics there, and not at /metrics beside the announces')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--no-udp', '--no-udp', [CompletionResultType]::ParameterName, 'Serve HTTP alone')
            [CompletionResult]::new('--proxy-protocol', '--proxy-protocol', [CompletionResultType]::ParameterName, 'Connections of --trusted-proxy and at --unix begin with the PROXY protocol (v1 or v2)')
            [CompletionResult]::new('--websocket', '--websocket', [CompletionResultType]::ParameterName, 'Serve browsers too, over WebSocket (WebTorrent), at the same ports and sockets')
            [CompletionResult]::new('--take-over', '--take-over', [CompletionResultType]::ParameterName, 'Take the place of the bt track that has the dfile')
            [CompletionResult]::new('--no-sandbox', '--no-sandbox', [CompletionResultType]::ParameterName, 'Keep all rights of the process')
            [CompletionResult]::new('--trust-ip', '--trust-ip', [CompletionResultType]::ParameterName, 'Believe the ip= of askers on loopback and private addresses')
            [CompletionResult]::new('--proxies-announce', '--proxies-announce', [CompletionResultType]::ParameterName, 'The trusted proxies announce for others, and their ip= is believed')
            [CompletionResult]::new('--nat-check', '--nat-check', [CompletionResultType]::ParameterName, 'Call each peer back, and tell others only of those that take the call')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Writes the swarms of a dfile, a line of JSON each')
            break
        }
        'bt;track;dump' {
            [CompletionResult]::new('--max-dfile', '--max-dfile', [CompletionResultType]::ParameterName, 'The longest dfile that is read; all of it is held in memory')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--peers', '--peers', [CompletionResultType]::ParameterName, 'With the peers: address, seed, partial_seed, and age in seconds since last heard of')
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
            [CompletionResult]::new('--max-upload-rate', '--max-upload-rate', [CompletionResultType]::ParameterName, 'Send at most so many bytes a second, each torrent; 0: no limit')
            [CompletionResult]::new('--max-uploads', '--max-uploads', [CompletionResultType]::ParameterName, 'Send to so many peers at once, each torrent [default: as many as the line feeds]')
            [CompletionResult]::new('--max-peers', '--max-peers', [CompletionResultType]::ParameterName, 'Connections of each torrent, at most')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'A peer to connect to, whatever the trackers say; repeatable')
            [CompletionResult]::new('--seed-ratio', '--seed-ratio', [CompletionResultType]::ParameterName, 'Offer until so many times the torrent''s size was sent')
            [CompletionResult]::new('--seed-time', '--seed-time', [CompletionResultType]::ParameterName, 'Offer for so long')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
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
            [CompletionResult]::new('--max-download-rate', '--max-download-rate', [CompletionResultType]::ParameterName, 'Receive at most so many bytes a second; 0: no limit')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End with status 5 where nothing new came for so long [default: wait for ever]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The first free one of these ports is listened at; 0: any')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'The only address to listen at and to connect from')
            [CompletionResult]::new('--max-upload-rate', '--max-upload-rate', [CompletionResultType]::ParameterName, 'Send at most so many bytes a second, each torrent; 0: no limit')
            [CompletionResult]::new('--max-uploads', '--max-uploads', [CompletionResultType]::ParameterName, 'Send to so many peers at once, each torrent [default: as many as the line feeds]')
            [CompletionResult]::new('--max-peers', '--max-peers', [CompletionResultType]::ParameterName, 'Connections of each torrent, at most')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'A peer to connect to, whatever the trackers say; repeatable')
            [CompletionResult]::new('--seed-ratio', '--seed-ratio', [CompletionResultType]::ParameterName, 'Offer until so many times the torrent''s size was sent')
            [CompletionResult]::new('--seed-time', '--seed-time', [CompletionResultType]::ParameterName, 'Offer for so long')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
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
            [CompletionResult]::new('--max-upload-rate', '--max-upload-rate', [CompletionResultType]::ParameterName, 'Send at most so many bytes a second, each torrent; 0: no limit')
            [CompletionResult]::new('--max-uploads', '--max-uploads', [CompletionResultType]::ParameterName, 'Send to so many peers at once, each torrent [default: as many as the line feeds]')
            [CompletionResult]::new('--max-peers', '--max-peers', [CompletionResultType]::ParameterName, 'Connections of each torrent, at most')
            [CompletionResult]::new('--peer', '--peer', [CompletionResultType]::ParameterName, 'A peer to connect to, whatever the trackers say; repeatable')
            [CompletionResult]::new('--seed-ratio', '--seed-ratio', [CompletionResultType]::ParameterName, 'Offer until so many times the torrent''s size was sent')
            [CompletionResult]::new('--seed-time', '--seed-time', [CompletionResultType]::ParameterName, 'Offer for so long')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
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
        'bt;announce' {
            [CompletionResult]::new('--event', '--event', [CompletionResultType]::ParameterName, 'What to tell, and nothing after it [default: started, then stopped]')
            [CompletionResult]::new('--numwant', '--numwant', [CompletionResultType]::ParameterName, 'How many peers are wanted [default: as the tracker likes]')
            [CompletionResult]::new('--left', '--left', [CompletionResultType]::ParameterName, 'Bytes still missing; 0 for a seed [default: all]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port that is told to listen')
            [CompletionResult]::new('--peer-id', '--peer-id', [CompletionResultType]::ParameterName, 'The peer id that is told: 20 bytes, odd ones as %xx [default: one of bt''s own, at random]')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'A tracker to ask in place of the torrent''s own; may be repeated')
            [CompletionResult]::new('--tracker', '--tracker', [CompletionResultType]::ParameterName, 'A tracker to ask in place of the torrent''s own; may be repeated')
            [CompletionResult]::new('--info-hash', '--info-hash', [CompletionResultType]::ParameterName, 'By which info-hash a hybrid torrent is asked for')
            [CompletionResult]::new('--ip-family', '--ip-family', [CompletionResultType]::ParameterName, 'By which addresses a tracker is asked; any: by each that it has, each told')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a tracker may take')
            [CompletionResult]::new('--expect-peers', '--expect-peers', [CompletionResultType]::ParameterName, 'End with status 1 where a torrent has fewer peers')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Ask again and again, until a signal; then the status is 0')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--brief', '--brief', [CompletionResultType]::ParameterName, 'A line for each answer, without the peers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'bt;scrape' {
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'A tracker to ask in place of the torrent''s own; may be repeated')
            [CompletionResult]::new('--tracker', '--tracker', [CompletionResultType]::ParameterName, 'A tracker to ask in place of the torrent''s own; may be repeated')
            [CompletionResult]::new('--info-hash', '--info-hash', [CompletionResultType]::ParameterName, 'By which info-hash a hybrid torrent is asked for')
            [CompletionResult]::new('--ip-family', '--ip-family', [CompletionResultType]::ParameterName, 'By which addresses a tracker is asked; any: by each that it has, each told')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a tracker may take')
            [CompletionResult]::new('--expect-peers', '--expect-peers', [CompletionResultType]::ParameterName, 'End with status 1 where a torrent has fewer peers')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Ask again and again, until a signal; then the status is 0')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this file too, over HTTPS and wss (PEM)')
            [CompletionResult]::new('--max-metainfo', '--max-metainfo', [CompletionResultType]::ParameterName, 'The longest that is read; 4 GiB at most')
            [CompletionResult]::new('--max-files', '--max-files', [CompletionResultType]::ParameterName, 'The most files that it may name, pads included')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'The most folders that a file may lie in, its own name counted')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--brief', '--brief', [CompletionResultType]::ParameterName, 'A line for each answer, without the peers')
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
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
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
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
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
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Changes metainfo and leaves all else byte for byte')
            [CompletionResult]::new('magnet', 'magnet', [CompletionResultType]::ParameterValue, 'Writes the magnet link of a torrent')
            [CompletionResult]::new('publish', 'publish', [CompletionResultType]::ParameterValue, 'Makes metainfo of files and directories')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Checks data against its metainfo')
            [CompletionResult]::new('track', 'track', [CompletionResultType]::ParameterValue, 'Runs a tracker')
            [CompletionResult]::new('seed', 'seed', [CompletionResultType]::ParameterValue, 'Offers what is complete')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Downloads a torrent')
            [CompletionResult]::new('open', 'open', [CompletionResultType]::ParameterValue, 'Downloads what a browser hands over')
            [CompletionResult]::new('announce', 'announce', [CompletionResultType]::ParameterValue, 'Asks trackers for the peers of a torrent')
            [CompletionResult]::new('scrape', 'scrape', [CompletionResultType]::ParameterValue, 'Asks trackers how many peers torrents have')
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
        'bt;help;edit' {
            break
        }
        'bt;help;magnet' {
            break
        }
        'bt;help;publish' {
            break
        }
        'bt;help;verify' {
            break
        }
        'bt;help;track' {
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Writes the swarms of a dfile, a line of JSON each')
            break
        }
        'bt;help;track;dump' {
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
        'bt;help;announce' {
            break
        }
        'bt;help;scrape' {
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
