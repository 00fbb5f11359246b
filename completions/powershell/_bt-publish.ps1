
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
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
