
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'bt-track' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'bt-track'
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
        'bt-track' {
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
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads that serve; 0: one a core')
            [CompletionResult]::new('--log-flush', '--log-flush', [CompletionResultType]::ParameterName, 'Between two flushes of the log')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines look [default: common; json with --json]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
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
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
