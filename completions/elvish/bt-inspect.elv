
use builtin;
use str;

set edit:completion:arg-completer[bt-inspect] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt-inspect'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt-inspect'= {
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
            cand --profile 'The profile of the configuration file that counts'
            cand --raw 'All of the bencode as JSON, as `bt decode` shows it; takes any bencode'
            cand -f 'Write --format bencode to a terminal'
            cand --force 'Write --format bencode to a terminal'
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
