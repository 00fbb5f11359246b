
use builtin;
use str;

set edit:completion:arg-completer[bt-magnet] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt-magnet'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt-magnet'= {
            cand --only 'The info-hash of this version alone [default: of all that there are]'
            cand --select 'The files that are wanted: numbers and ranges, or a glob; may be repeated (BEP 53)'
            cand --peer 'A peer that has it; may be repeated'
            cand -t 'One more tracker, behind those of the torrent; may be repeated'
            cand --tracker 'One more tracker, behind those of the torrent; may be repeated'
            cand --ca-file 'Trust the certificates in this file too, over HTTPS and wss (PEM)'
            cand --max-metainfo 'The longest that is read; 4 GiB at most'
            cand --max-files 'The most files that it may name, pads included'
            cand --max-depth 'The most folders that a file may lie in, its own name counted'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand --size 'Tell the size'
            cand --no-name 'Leave the name out'
            cand --no-trackers 'Leave the trackers of the torrent out'
            cand --no-web-seeds 'Leave the web seeds out'
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
