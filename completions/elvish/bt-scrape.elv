
use builtin;
use str;

set edit:completion:arg-completer[bt-scrape] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt-scrape'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt-scrape'= {
            cand -t 'A tracker to ask in place of the torrent''s own; may be repeated'
            cand --tracker 'A tracker to ask in place of the torrent''s own; may be repeated'
            cand --info-hash 'By which info-hash a hybrid torrent is asked for'
            cand --ip-family 'By which addresses a tracker is asked; any: by each that it has, each told'
            cand --timeout 'How long a tracker may take'
            cand --expect-peers 'End with status 1 where a torrent has fewer peers'
            cand --watch 'Ask again and again, until a signal; then the status is 0'
            cand --ca-file 'Trust the certificates in this file too, over HTTPS and wss (PEM)'
            cand --max-metainfo 'The longest that is read; 4 GiB at most'
            cand --max-files 'The most files that it may name, pads included'
            cand --max-depth 'The most folders that a file may lie in, its own name counted'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand --brief 'A line for each answer, without the peers'
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
