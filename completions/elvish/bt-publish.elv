
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
            cand -n 'The name that others store it under [default: PATH''s own]'
            cand --name 'The name that others store it under [default: PATH''s own]'
            cand --also-write 'Store the stream that is published in FILE, or pass it on to standard output with -'
            cand --ca-file 'Trust the certificates in this file too, over HTTPS and wss (PEM)'
            cand -l 'Bytes in a piece, a power of two from 16KiB to 1GiB [default: by size]'
            cand --piece-length 'Bytes in a piece, a power of two from 16KiB to 1GiB [default: by size]'
            cand --max-piece-length 'The most bytes in a piece, where the length goes by size'
            cand --piece-count 'The most pieces: the shortest length that makes no more'
            cand -c 'A word to people'
            cand --comment 'A word to people'
            cand -s 'A mark inside the info-hash, by which trackers tell their torrents apart'
            cand --source 'A mark inside the info-hash, by which trackers tell their torrents apart'
            cand -w 'A server that has the files too (BEP 19); may be repeated'
            cand --web-seed 'A server that has the files too (BEP 19); may be repeated'
            cand --http-seed 'A server of the older kind, which knows pieces (BEP 17); may be repeated'
            cand --node 'A node of the DHT that may know peers (BEP 5); may be repeated'
            cand --similar 'A torrent that has some of the same files (BEP 38); may be repeated'
            cand --collection 'A group of torrents that may share files (BEP 38); may be repeated'
            cand --update-url 'Where a newer torrent in place of this one will be found (BEP 39)'
            cand --created-by 'The program that made it; an empty one is left out'
            cand --set 'Any further key; may be repeated'
            cand --sign 'Sign with this private key, RSA in PEM (BEP 35)'
            cand --certificate 'The certificate of the key, in PEM or DER'
            cand --threads 'How many threads hash [default: one a core]'
            cand --io-limit 'Read no faster than so many bytes a second: 50MiB/s'
            cand --reuse 'Take over hashes of files that have not changed since TORRENT was made; may be repeated'
            cand --include 'Only files that match, or whose directory does; may be repeated'
            cand --exclude 'Neither files nor directories that match; may be repeated'
            cand --hidden 'Names that begin with a dot'
            cand --junk 'What systems leave behind in directories: Thumbs.db, .DS_Store and the like'
            cand --cvs-core 'Files and directories called CVS or core'
            cand --links 'What becomes of symbolic links in a directory'
            cand --attributes 'Mark files as executable or hidden (BEP 47)'
            cand --files-from 'Take the files that FILE names, or standard input with -, one a line'
            cand --sort 'The order of the files'
            cand --max-metainfo 'The longest that is read; 4 GiB at most'
            cand --max-files 'The most files that it may name, pads included'
            cand --max-depth 'The most folders that a file may lie in, its own name counted'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand -f 'Write over existing files; write metainfo to a terminal'
            cand --force 'Write over existing files; write metainfo to a terminal'
            cand --v1 'Version 1, which every client knows [default]'
            cand --v2 'Version 2 (BEP 52), with a hash tree for each file'
            cand --hybrid 'Both versions in one, for clients of either'
            cand -p 'Only peers of its own trackers (BEP 27)'
            cand --private 'Only peers of its own trackers (BEP 27)'
            cand --no-date 'Leave the creation date out'
            cand --md5sum 'Write the MD5 of each file too'
            cand --sha1 'Write the SHA-1 of each file too (BEP 47)'
            cand --resume 'Keep finished hashes while hashing, and go on from those that an interrupted run has kept'
            cand --ignore-files 'Leave out what .gitignore and .ignore say'
            cand --each 'Make a torrent of each entry of the directory PATH'
            cand --dry-run 'Show what would go in, and make nothing'
            cand --check-web-seeds 'Make sure that each web seed has the files, and sends parts of them'
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
