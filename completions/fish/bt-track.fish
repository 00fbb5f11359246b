complete -c bt-track -s p -l port -d 'Port to listen on; 0 takes a free one and says which' -r
complete -c bt-track -l bind -d 'Address to listen at [default: all, IPv4 and IPv6]' -r
complete -c bt-track -s d -l dfile -d 'Where the state is kept; made if it is missing' -r -F
complete -c bt-track -l save-interval -d 'Between two saves of the dfile' -r
complete -c bt-track -l interval -d 'What peers are told to wait between announces' -r
complete -c bt-track -l timeout-downloaders -d 'How long a peer may be silent before it counts as gone' -r
complete -c bt-track -l response-size -d 'Peers told of where the asker wants no certain number; 200 at most' -r
complete -c bt-track -l socket-timeout -d 'For a client to say what it wants, and for a peer to take the call of --nat-check' -r
complete -c bt-track -l threads -d 'Threads that serve; 0: one a core' -r
complete -c bt-track -l log-flush -d 'Between two flushes of the log' -r
complete -c bt-track -l log-format -d 'How log lines look [default: common; json with --json]' -r -f -a "common\t'The Common Log Format of web servers'
json\t'A JSON object a line'
none\t'No log'"
complete -c bt-track -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-track -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-track -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-track -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-track -l nat-check -d 'Call each peer back, and refuse those that cannot be reached'
complete -c bt-track -l trust-ip -d 'Believe the ip= of askers on loopback and private addresses'
complete -c bt-track -s q -l quiet -d 'Say nothing but errors'
complete -c bt-track -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-track -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-track -s h -l help -d 'Print help (see more with \'--help\')'
