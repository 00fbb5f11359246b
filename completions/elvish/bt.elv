
use builtin;
use str;

set edit:completion:arg-completer[bt] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt'= {
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
            cand --profile 'The profile of the configuration file that counts'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand --json 'JSON on standard output, also on a terminal'
            cand --list 'Names the commands, one a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand decode 'Bencode to JSON'
            cand encode 'JSON to bencode'
            cand inspect 'Shows what a torrent is, or what a tracker wrote'
            cand publish 'Makes metainfo of files and directories'
            cand track 'Runs a tracker'
            cand seed 'Offers what is complete'
            cand fetch 'Downloads a torrent'
            cand open 'Downloads what a browser hands over'
            cand completions 'Writes completions for a shell'
            cand man 'Shows the manual pages'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'bt;decode'= {
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
            cand --profile 'The profile of the configuration file that counts'
            cand --lenient 'Take leading zeros, negative zero, unsorted and double keys and bytes after the end, and warn'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand --json 'JSON on standard output, also on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bt;encode'= {
            cand -o 'Where to write; `-` is standard output'
            cand --output 'Where to write; `-` is standard output'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
            cand --profile 'The profile of the configuration file that counts'
            cand --force 'Write over an existing file, and raw bencode to a terminal'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand --json 'JSON on standard output, also on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bt;inspect'= {
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
        &'bt;publish'= {
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
        &'bt;track'= {
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
            cand --log-flush 'Between two flushes of the log'
            cand --log-format 'How log lines look [default: common; json with --json]'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
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
        &'bt;seed'= {
            cand --data 'Where the data lies: the folder that holds it, or the data itself'
            cand --port 'The first free one of these ports is listened at; 0: any'
            cand --bind 'The only address to listen at and to connect from'
            cand --max-upload-rate 'Send at most so many bytes a second, each torrent'
            cand --max-uploads 'Send to so many peers at once, each torrent [default: as many as the line feeds]'
            cand --max-peers 'Connections of each torrent, at most'
            cand --peer 'A peer to connect to, whatever the trackers say; repeatable'
            cand --seed-ratio 'Offer until so many times the torrent''s size was sent'
            cand --seed-time 'Offer for so long'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
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
        &'bt;fetch'= {
            cand -o 'The folder that the data is put into'
            cand --output 'The folder that the data is put into'
            cand --save-as 'The file or folder itself that becomes the data, whatever the torrent''s name is'
            cand --max-download-rate 'Receive at most so many bytes a second'
            cand --timeout 'End with status 5 where nothing new came for so long [default: wait for ever]'
            cand --port 'The first free one of these ports is listened at; 0: any'
            cand --bind 'The only address to listen at and to connect from'
            cand --max-upload-rate 'Send at most so many bytes a second, each torrent'
            cand --max-uploads 'Send to so many peers at once, each torrent [default: as many as the line feeds]'
            cand --max-peers 'Connections of each torrent, at most'
            cand --peer 'A peer to connect to, whatever the trackers say; repeatable'
            cand --seed-ratio 'Offer until so many times the torrent''s size was sent'
            cand --seed-time 'Offer for so long'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
            cand --profile 'The profile of the configuration file that counts'
            cand --keep-seeding 'Offer the data once it is there, until --seed-ratio, --seed-time or a signal'
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
        &'bt;open'= {
            cand -o 'Another folder than the user''s download folder'
            cand --output 'Another folder than the user''s download folder'
            cand --save-as 'The file or folder itself that becomes the data, whatever the torrent''s name is'
            cand --port 'The first free one of these ports is listened at; 0: any'
            cand --bind 'The only address to listen at and to connect from'
            cand --max-upload-rate 'Send at most so many bytes a second, each torrent'
            cand --max-uploads 'Send to so many peers at once, each torrent [default: as many as the line feeds]'
            cand --max-peers 'Connections of each torrent, at most'
            cand --peer 'A peer to connect to, whatever the trackers say; repeatable'
            cand --seed-ratio 'Offer until so many times the torrent''s size was sent'
            cand --seed-time 'Offer for so long'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
            cand --profile 'The profile of the configuration file that counts'
            cand --keep-seeding 'Offer the data once it is there, until --seed-ratio, --seed-time or a signal'
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
        &'bt;completions'= {
            cand --out 'Writes them as files into this folder, for the links such as bt-track too'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
            cand --profile 'The profile of the configuration file that counts'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand --json 'JSON on standard output, also on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bt;man'= {
            cand --out 'Writes all pages into this folder instead'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error'
            cand --profile 'The profile of the configuration file that counts'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand --json 'JSON on standard output, also on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bt;help'= {
            cand decode 'Bencode to JSON'
            cand encode 'JSON to bencode'
            cand inspect 'Shows what a torrent is, or what a tracker wrote'
            cand publish 'Makes metainfo of files and directories'
            cand track 'Runs a tracker'
            cand seed 'Offers what is complete'
            cand fetch 'Downloads a torrent'
            cand open 'Downloads what a browser hands over'
            cand completions 'Writes completions for a shell'
            cand man 'Shows the manual pages'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'bt;help;decode'= {
        }
        &'bt;help;encode'= {
        }
        &'bt;help;inspect'= {
        }
        &'bt;help;publish'= {
        }
        &'bt;help;track'= {
        }
        &'bt;help;seed'= {
        }
        &'bt;help;fetch'= {
        }
        &'bt;help;open'= {
        }
        &'bt;help;completions'= {
        }
        &'bt;help;man'= {
        }
        &'bt;help;help'= {
        }
    ]
    $completions[$command]
}
