#!/usr/bin/python3
"""Random trees, published by bt and by libtorrent: libtorrent_trees.py BT FOLDER COUNT

Each tree as v1, v2 and hybrid: the info dictionaries must be the same, byte for byte. Three things are left aside, since
they are libtorrent's own: the order of v1's files, which is the file system's; the mark of an executable
file on every link; and links out of their own folder, whose targets it writes as the file system has them."""
import os
import random
import subprocess
import sys

import libtorrent as lt

program, base, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
VERSIONS = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}
NAMES = ["a", "b!", "é", "日本", "Z.x", "long name", "a.b", "0"]


def tree(seed):
    """A folder of files with a piece length."""
    rng = random.Random(seed)
    root = f"{base}/t{seed:03}"
    os.makedirs(root)
    piece = 16384 << rng.randrange(4)
    files = []
    for number in range(rng.randrange(1, 14)):
        above = root
        for _ in range(rng.choice([0, 0, 1, 2, 6])):
            above += "/" + rng.choice(NAMES) + "d"
        os.makedirs(above, exist_ok=True)
        path = f"{above}/{rng.choice(NAMES)}{number}"
        sizes = [0, 1, rng.randrange(100_000), piece, piece * 3, 16384 * rng.randrange(1, 9)]
        size = rng.choice(sizes + [piece - 1, piece + 1, rng.randrange(400_000)])
        with open(path, "wb") as file:
            file.write(rng.randbytes(size))
        os.chmod(path, 0o755 if rng.random() < 0.3 else 0o644)
        files.append(path)
    if not any(os.path.getsize(path) for path in files):
        with open(root + "/z", "wb") as file:
            file.write(b"1")
    if rng.random() < 0.4:
        os.symlink(os.path.relpath(rng.choice(files), root), root + "/link")
    return root, piece


def published(root, piece, version):
    """What libtorrent makes of it."""
    flags = lt.create_torrent.symlinks | VERSIONS[version]
    found = lt.file_storage()
    lt.add_files(found, root, flags=flags)
    files = lt.file_storage()
    files.set_name(found.name())
    for at in sorted(range(found.num_files()), key=lambda at: found.file_path(at).encode().split(b"/")):
        marks = found.file_flags(at)
        if marks & lt.file_flags_t.flag_symlink:
            marks &= ~lt.file_flags_t.flag_executable
        target = found.symlink(at).removeprefix(found.name() + "/")
        files.add_file(found.file_path(at), found.file_size(at), marks, 0, target)
    torrent = lt.create_torrent(files, piece, flags=flags)
    lt.set_piece_hashes(torrent, base)
    return lt.torrent_info(torrent.generate())


for seed in range(count):
    root, piece = tree(seed)
    for version in VERSIONS:
        output = base + "/it.torrent"
        flags = ["--links", "store", "--attributes", "executable", "--piece-length", str(piece)]
        command = [program, "publish", "--" + version, "--no-date", "-f", "-o", output, *flags, root]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        ours, theirs = lt.torrent_info(output), published(root, piece, version)
        if ours.info_section() != theirs.info_section() or ours.info_hashes() != theirs.info_hashes():
            sys.exit(f"{root}, {version}, pieces of {piece}:\n{ours.info_section()}\n{theirs.info_section()}")
print(f"{count} trees are the same", flush=True)
