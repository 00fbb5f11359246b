
use builtin;
use str;

set edit:completion:arg-completer[bt-verify] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt-verify'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt-verify'= {
            cand --data 'Where the data lies: the folder that holds it, or the data itself'
            cand --find 'Look below DIR for files that were renamed or moved; may be repeated'
            cand --link-into 'Put all files that are right together in DIR/NAME, as hard links'
            cand --repair-from 'Get pieces that are bad or missing from another copy or a web server; may be repeated'
            cand --threads 'How many threads hash [default: one a core]'
            cand --io-limit 'Read at most so many bytes a second'
            cand --ca-file 'Trust the certificates in this file too, over HTTPS and wss (PEM)'
            cand --max-metainfo 'The longest that is read; 4 GiB at most'
            cand --max-files 'The most files that it may name, pads included'
            cand --max-depth 'The most folders that a file may lie in, its own name counted'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand --fast 'Look at sizes only and read nothing; says how many files were written after the torrent was made'
            cand --strict 'Name files in the torrent''s folder that the torrent does not have; status 1 where there are'
            cand --events 'A line of JSON for each file and one at the end, in place of one document'
            cand --copy 'With --link-into, make copies in place of links; they share blocks where the file system can'
            cand -f 'With --repair-from, also cut files that are too long'
            cand --force 'With --repair-from, also cut files that are too long'
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
