//! The tracker's pages in a browser: what stands in them is seen without a script, and fits a phone.

use crate::bt;
use crate::namespace::{Need, Place, address, chromium, scene};
use crate::process::{Line, Process};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);
const PORT: &str = "6969";

/// A page in a browser, spoken to by the DevTools protocol: a message a line, as `tr` makes them.
struct Page {
    browser: Process,
    session: Value,
    last: u64,
}

impl Page {
    fn open(place: &Place) -> Self {
        let profile = place.folder("profile");
        // The browser reads from descriptor 3 and writes to 4, with zeros between its messages.
        let line = "stdbuf -o0 tr '\\n' '\\0' | \"$0\" --headless --no-sandbox --disable-gpu \
            --disable-dev-shm-usage --no-first-run --disable-background-networking \
            --user-data-dir=\"$1\" --remote-debugging-pipe 3<&0 4>&1 >&2 | \
            stdbuf -o0 tr '\\0' '\\n'";
        let mut command = place.command("sh");
        command.args(["-c", line, chromium().unwrap()]).arg(profile);
        let browser = Process::converse("chromium", &mut command);
        let mut page = Self { browser, session: Value::Null, last: 0 };
        let target = page.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        page.session = page.call("Target.attachToTarget", &target)["sessionId"].clone();
        for domain in ["Page", "Log", "Runtime"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
        page
    }

    /// What comes of a call.
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let mut call = json!({"id": self.last, "method": method, "params": parameters});
        if !self.session.is_null() {
            call["sessionId"] = self.session.clone();
        }
        self.browser.say(&call.to_string());
        let id = self.last;
        self.wait(method, |message| (message["id"] == id).then(|| message["result"].clone()))
    }

    fn wait<T>(&mut self, what: &str, find: impl Fn(&Value) -> Option<T>) -> T {
        self.browser.until(what, SOON, |line| {
            let Line::Out(text) = line else { return None };
            let message: Value = serde_json::from_str(text).unwrap();
            assert!(message.get("error").is_none(), "{message}");
            // What the console shows: a style that the policy forbids, a file that is not there.
            assert_ne!(message["method"], "Log.entryAdded", "{message}");
            find(&message)
        })
    }

    /// Shows it in a window of this width, as a phone would.
    fn show(&mut self, url: &str, width: u32) {
        let metrics =
            json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": true});
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
        self.call("Page.navigate", &json!({"url": url}));
        self.wait("the page", |message| (message["method"] == "Page.loadEventFired").then_some(()));
    }

    /// The value of an expression.
    fn ask(&mut self, expression: &str) -> Value {
        let question = json!({"expression": expression, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", &question);
        assert!(answer.get("exceptionDetails").is_none(), "{answer}");
        answer["result"]["value"].clone()
    }
}

#[test]
fn pages_need_no_script_and_fit_a_phone() {
    scene(&[Need::Chromium], |place| {
        let ip = address(0, 1);
        let torrents = place.folder("torrents");
        let name =
            "A name that is long enough to be broken, of-one-word-that-cannot-be-broken-at-spaces";
        std::fs::write(place.file(name), "x").unwrap();
        let made = bt::publish(place, &place.file(name), "http://t/announce");
        let hash = bt::info_hash(place, &made);
        std::fs::rename(made, torrents.join("it.torrent")).unwrap();
        let mut command = bt::command(place, "track");
        command.args(["--port", PORT, "--websocket", "--bind", &ip.to_string(), "--torrents"]);
        let mut tracker = Process::start("bt track", command.arg(&torrents));
        tracker.until_line("listening on", SOON);
        let origin = format!("http://{ip}:{PORT}");
        let other = "00ff".repeat(10);
        for (hash, left) in [(&hash, "0"), (&hash, "1"), (&other, "1")] {
            let port = if left == "0" { "1" } else { "2" };
            let flags = ["--event", "started", "--port", port, "--left", left, "--tracker"];
            let url = format!("{origin}/announce");
            bt::one(place, "announce", &[&flags[..], &[&url, hash]].concat());
        }

        let mut page = Page::open(place);
        for width in [360, 320, 1280] {
            for target in ["/", "/?q=name&sort=-seeders", "/?q=%3Cb%3Enothing", "/stats"] {
                page.show(&format!("{origin}{target}"), width);
                let wide = page.ask("document.documentElement.scrollWidth");
                assert_eq!(wide, width, "{target} at {width}");
            }
        }
        page.show(&origin, 360);
        // As they are seen: what the style hides is not in it.
        let rows = page.ask("[...document.querySelectorAll('tbody tr')].map(row => row.innerText)");
        let rows: Vec<_> =
            rows.as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect();
        assert_eq!(rows.len(), 2, "{rows:?}");
        let row = |of: &str| *rows.iter().find(|row| row.contains(of)).unwrap();
        assert!(row(&hash).contains(name) && row(&hash).contains("(1/2)"), "{rows:?}");
        assert!(row(&other).contains("(0/1)"), "{rows:?}");
        let text = page.ask("document.querySelector('main').innerText");
        for url in ["http", "udp", "ws"].map(|scheme| format!("{scheme}://{ip}:{PORT}/announce")) {
            assert!(text.as_str().unwrap().contains(&url), "{url} in {text}");
        }
        let size = page.ask("document.querySelector('button').getBoundingClientRect().height");
        assert!(size.as_f64().unwrap() >= 24.0, "a finger hits it: {size}");
        tracker.stop(SOON).well();
    });
}
