
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'bt-inspect' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'bt-inspect'
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
        'bt-inspect' {
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
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
