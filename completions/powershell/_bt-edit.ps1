
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'bt-edit' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'bt-edit'
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
        'bt-edit' {
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
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
