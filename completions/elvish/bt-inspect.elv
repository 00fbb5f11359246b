
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
            cand --field 'One value as text, such as .info_hash.v1, .files[0].path or .trackers[][]; may be repeated'
            cand --ca-file 'Trust the certificates in this file too, over HTTPS and wss (PEM)'
            cand --max-metainfo 'The longest that is read; 4 GiB at most'
            cand --max-files 'The most files that it may name, pads included'
            cand --max-depth 'The most folders that a file may lie in, its own name counted'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand --tree 'The tree of all files, each folder with its sum, also into a pipe'
            cand --files 'A line for each file: its bytes, a tab, its path; with --json an object'
            cand -0 'With --files: each line ends in NUL, not in a newline, and names are as they are'
            cand --null 'With --files: each line ends in NUL, not in a newline, and names are as they are'
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
