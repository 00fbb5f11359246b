
use builtin;
use str;

set edit:completion:arg-completer[bt-edit] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt-edit'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt-edit'= {
            cand -o 'Where to write; - is standard output [default: -]'
            cand --output 'Where to write; - is standard output [default: -]'
            cand --ca-file 'Trust the certificates in this file too, over HTTPS and wss (PEM)'
            cand --add-tracker 'One more tracker, a tier behind the others; may be repeated'
            cand --tier 'The tier that the new trackers join, from 1'
            cand --remove-tracker 'Without the trackers that match; may be repeated'
            cand --replace-tracker 'Other URLs for the trackers that match; may be repeated'
            cand --add-web-seed 'A server that has the files too (BEP 19); may be repeated'
            cand --remove-web-seed 'Without the web seeds that match; may be repeated'
            cand --replace-web-seed 'Other URLs for the web seeds that match, as --replace-tracker has it'
            cand --add-http-seed 'A server of the older kind (BEP 17); may be repeated'
            cand --remove-http-seed 'Without the servers of the older kind that match; may be repeated'
            cand --add-node 'A node of the DHT that may know peers (BEP 5); may be repeated'
            cand --remove-node 'Without the nodes that match as HOST:PORT; may be repeated'
            cand -c 'A word to people'
            cand --comment 'A word to people'
            cand --created-by 'The program that made it'
            cand --date 'When it was made: 2026-01-31, 2026-01-31T12:00:00Z, seconds since 1970, or now'
            cand -s 'A mark inside `info`, by which trackers tell their torrents apart'
            cand --source 'A mark inside `info`, by which trackers tell their torrents apart'
            cand --set 'A value at a path, such as /x-key="text" or /nodes/0/1=6881; may be repeated'
            cand --unset 'Without the key or element at a path; may be repeated'
            cand --sign 'Sign with this private key, RSA in PEM (BEP 35)'
            cand --certificate 'The certificate of the key, in PEM or DER'
            cand --max-metainfo 'The longest that is read; 4 GiB at most'
            cand --max-files 'The most files that it may name, pads included'
            cand --max-depth 'The most folders that a file may lie in, its own name counted'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand -i 'Change the files in their places'
            cand --in-place 'Change the files in their places'
            cand -n 'Write nothing, but show what would change'
            cand --dry-run 'Write nothing, but show what would change'
            cand -f 'Write over an existing file; write metainfo to a terminal'
            cand --force 'Write over an existing file; write metainfo to a terminal'
            cand --change-info-hash 'Take changes inside `info`, and tell the old and the new info-hash'
            cand --clear-trackers 'Without any of the old trackers'
            cand --no-comment 'Without a comment'
            cand --no-created-by 'Without the program that made it'
            cand --no-date 'Without the date'
            cand --no-source 'Without that mark'
            cand -p 'Only peers of its own trackers (BEP 27); inside `info`'
            cand --private 'Only peers of its own trackers (BEP 27); inside `info`'
            cand --public 'Peers from everywhere; inside `info`'
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
