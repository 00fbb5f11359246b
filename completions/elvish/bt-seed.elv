
use builtin;
use str;

set edit:completion:arg-completer[bt-seed] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt-seed'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt-seed'= {
            cand --data 'Where the data lies: the folder that holds it, or the data itself'
            cand --port 'The first free one of these ports is listened at; 0: any'
            cand --bind 'The only address to listen at and to connect from'
            cand --max-upload-rate 'Send at most so many bytes a second, each torrent; 0: no limit'
            cand --max-uploads 'Send to so many peers at once, each torrent [default: as many as the line feeds]'
            cand --max-peers 'Connections of each torrent, at most'
            cand --peer 'A peer to connect to, whatever the trackers say; repeatable'
            cand --seed-ratio 'Offer until so many times the torrent''s size was sent'
            cand --seed-time 'Offer for so long'
            cand --ca-file 'Trust the certificates in this file too, over HTTPS and wss (PEM)'
            cand --max-metainfo 'The longest that is read; 4 GiB at most'
            cand --max-files 'The most files that it may name, pads included'
            cand --max-depth 'The most folders that a file may lie in, its own name counted'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand --force-check 'Read all data that is there, also what an earlier run has verified'
            cand --no-dht 'Do not use the DHT (it is not used yet: for scripts that must be sure)'
            cand --no-lsd 'Do not look for peers in the local network (none are looked for yet)'
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
