
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'bt-scrape' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'bt-scrape'
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
        'bt-scrape' {
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
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
