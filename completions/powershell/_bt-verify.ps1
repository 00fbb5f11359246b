
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'bt-verify' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'bt-verify'
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
        'bt-verify' {
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
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
