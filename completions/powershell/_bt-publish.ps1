
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'bt-publish' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'bt-publish'
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
        'bt-publish' {
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
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
