
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'bt-magnet' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'bt-magnet'
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
        'bt-magnet' {
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
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
