#!/usr/bin/python3
"""One torrent in libtorrent that takes orders: libtorrent_leecher.py TORRENT FOLDER ADDRESS PORT

A line `scrape` on standard input is answered with `scraped COMPLETE INCOMPLETE`; `stop` tells the tracker."""
import sys
import threading

import libtorrent as lt

torrent, folder, address, port = sys.argv[1:]
session = lt.session({
    "listen_interfaces": f"[{address}]:{port}" if ":" in address else f"{address}:{port}",
    "outgoing_interfaces": address,
    "alert_mask": lt.alert.category_t.error_notification | lt.alert.category_t.tracker_notification,
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_incoming_utp": False,
    "enable_outgoing_utp": False,
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent)
params.save_path = folder
params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
handle = session.add_torrent(params)


def obey():
    for line in sys.stdin:
        if line == "scrape\n":
            handle.scrape_tracker()
        elif line == "stop\n":
            handle.pause()


threading.Thread(target=obey, daemon=True).start()
while True:
    session.wait_for_alert(60_000)
    for alert in session.pop_alerts():
        if isinstance(alert, lt.scrape_reply_alert):
            print("scraped", alert.complete, alert.incomplete, flush=True)
        elif alert.category() & lt.alert.category_t.error_notification:
            print(alert.message(), file=sys.stderr, flush=True)
