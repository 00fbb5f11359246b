#!/usr/bin/python3
"""One torrent in libtorrent: libtorrent_peer.py seed|fetch TORRENT FOLDER ADDRESS PORT

Prints `announced` when a tracker took it in, then `done` when all of it is there; a fetch ends with that."""
import os
import sys

import libtorrent as lt

mode, torrent, folder, address, port = sys.argv[1:]
listen = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
session = lt.session({
    "listen_interfaces": listen,
    "outgoing_interfaces": address,
    "alert_mask": lt.alert.category_t.status_notification
    | lt.alert.category_t.error_notification
    | lt.alert.category_t.tracker_notification,
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_incoming_utp": False,
    "enable_outgoing_utp": False,
    "allow_multiple_connections_per_ip": True,
    "in_enc_policy": int(os.environ.get("ENCRYPTION", "1")),
    "out_enc_policy": int(os.environ.get("ENCRYPTION", "1")),
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent)
params.save_path = folder
params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
if mode == "seed":
    params.flags |= lt.torrent_flags.seed_mode
session.add_torrent(params)
announced = False
while True:
    session.wait_for_alert(60_000)
    for alert in session.pop_alerts():
        if isinstance(alert, lt.tracker_reply_alert) and not announced:
            announced = True
            print("announced", flush=True)
        elif isinstance(alert, lt.torrent_finished_alert) and mode == "fetch":
            print("done", flush=True)
            sys.exit(0)
        elif alert.category() & lt.alert.category_t.error_notification:
            print(alert.message(), file=sys.stderr, flush=True)
