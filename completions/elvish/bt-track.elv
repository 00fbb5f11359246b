
use builtin;
use str;

set edit:completion:arg-completer[bt-track] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt-track'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt-track'= {
            cand -p 'Port to listen on; 0 takes a free one and says which'
            cand --port 'Port to listen on; 0 takes a free one and says which'
            cand --bind 'Address to listen at [default: all, IPv4 and IPv6]'
            cand -d 'Where the state is kept; made if it is missing'
            cand --dfile 'Where the state is kept; made if it is missing'
            cand --save-interval 'Between two saves of the dfile'
            cand --interval 'What peers are told to wait between announces'
            cand --timeout-downloaders 'How long a peer may be silent before it counts as gone'
            cand --response-size 'Peers told of where the asker wants no certain number; 200 at most'
            cand --socket-timeout 'For a client to say what it wants, and for a peer to take the call of --nat-check'
            cand --threads 'Threads that serve; 0: one a core'
            cand --log-flush 'Between two flushes of the log'
            cand --log-format 'How log lines look [default: common; json with --json]'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand --nat-check 'Call each peer back, and refuse those that cannot be reached'
            cand --trust-ip 'Believe the ip= of askers on loopback and private addresses'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand --json 'JSON on standard output, also on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
