
use builtin;
use str;

set edit:completion:arg-completer[bt-publish] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt-publish'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt-publish'= {
            cand -t 'One more tracker, after those named behind PATH; may be repeated'
            cand --tracker 'One more tracker, after those named behind PATH; may be repeated'
            cand -o 'Where the metainfo goes: a file, a directory, or - for standard output [default: PATH.torrent]'
            cand --output 'Where the metainfo goes: a file, a directory, or - for standard output [default: PATH.torrent]'
            cand -l 'Bytes in a piece, a power of two [default: by size, 16KiB to 16MiB]'
            cand --piece-length 'Bytes in a piece, a power of two [default: by size, 16KiB to 16MiB]'
            cand -n 'The name that others store it under [default: PATH''s own]'
            cand --name 'The name that others store it under [default: PATH''s own]'
            cand -c 'A word to people'
            cand --comment 'A word to people'
            cand -s 'A mark inside the info-hash, by which trackers tell their torrents apart'
            cand --source 'A mark inside the info-hash, by which trackers tell their torrents apart'
            cand -w 'A server that has the files too (BEP 19); may be repeated'
            cand --web-seed 'A server that has the files too (BEP 19); may be repeated'
            cand --created-by 'The program that made it; an empty one is left out'
            cand --threads 'How many pieces are hashed at once [default: one a core]'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
            cand --profile 'The profile of the configuration file that counts'
            cand -f 'Write over an existing file; write metainfo to a terminal'
            cand --force 'Write over an existing file; write metainfo to a terminal'
            cand -p 'Only peers of its own trackers (BEP 27)'
            cand --private 'Only peers of its own trackers (BEP 27)'
            cand --no-date 'Leave the creation date out'
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
