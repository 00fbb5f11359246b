# Installs bt with all that belongs to it.
#
#   make                        builds it
#   make install                under /usr/local; PREFIX and DESTDIR as usual
#   make uninstall
#
# To install a binary that is already built: make install BT=path/to/bt

PREFIX ?= /usr/local
DESTDIR ?=
CARGO ?= cargo
BT ?= target/release/bt

BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
BASHDIR ?= $(DATADIR)/bash-completion/completions
ZSHDIR ?= $(DATADIR)/zsh/site-functions
FISHDIR ?= $(DATADIR)/fish/vendor_completions.d
ELVISHDIR ?= $(DATADIR)/elvish/lib
POWERSHELLDIR ?= $(DATADIR)/powershell/completions
UNITDIR ?= $(PREFIX)/lib/systemd/system
APPDIR ?= $(DATADIR)/applications
MAILCAPDIR ?= $(PREFIX)/lib/mime/packages
DOCDIR ?= $(DATADIR)/doc/bt

HISTORICAL = bttrack btpublish btdownloadheadless btdownloadprefetched
COMMANDS = $(patsubst man/bt-%.1,%,$(wildcard man/bt-*.1))
LINKS = $(addprefix bt-,$(COMMANDS)) $(HISTORICAL) $(addsuffix .py,$(HISTORICAL))

D = $(DESTDIR)

.PHONY: all install uninstall

all:
	$(CARGO) build --release --locked

# Builds nothing: root may have no cargo, and should not leave files of its own in target.
install:
	@test -x $(BT) || { echo "$(BT): no such program; run make first" >&2; exit 1; }
	install -d $(D)$(BINDIR) $(D)$(MANDIR)/man1 $(D)$(BASHDIR) $(D)$(ZSHDIR) $(D)$(FISHDIR) \
	    $(D)$(ELVISHDIR) $(D)$(POWERSHELLDIR) $(D)$(UNITDIR) $(D)$(APPDIR) $(D)$(MAILCAPDIR) $(D)$(DOCDIR)
	install -m 755 $(BT) $(D)$(BINDIR)/bt
	for link in $(LINKS); do ln -sf bt $(D)$(BINDIR)/$$link; done
	install -m 644 man/*.1 $(D)$(MANDIR)/man1
	for name in $(HISTORICAL); do case $$name in \
	    bttrack) page=bt-track ;; btpublish) page=bt-publish ;; \
	    btdownloadheadless) page=bt-fetch ;; *) page=bt-open ;; esac; \
	    ln -sf $$page.1 $(D)$(MANDIR)/man1/$$name.1; done
	install -m 644 completions/bash/* $(D)$(BASHDIR)
	install -m 644 completions/zsh/* $(D)$(ZSHDIR)
	install -m 644 completions/fish/* $(D)$(FISHDIR)
	install -m 644 completions/elvish/* $(D)$(ELVISHDIR)
	install -m 644 completions/powershell/* $(D)$(POWERSHELLDIR)
	sed 's|@BINDIR@|$(BINDIR)|' dist/bt-track.service > $(D)$(UNITDIR)/bt-track.service
	chmod 644 $(D)$(UNITDIR)/bt-track.service
	install -m 644 dist/bt-track.socket $(D)$(UNITDIR)
	install -m 644 dist/bt-open.desktop $(D)$(APPDIR)
	install -m 644 dist/mailcap $(D)$(MAILCAPDIR)/bt
	install -m 644 README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE $(D)$(DOCDIR)

uninstall:
	for name in bt $(LINKS); do rm -f $(D)$(BINDIR)/$$name; done
	for page in man/*.1; do rm -f $(D)$(MANDIR)/man1/$${page#man/}; done
	for name in $(HISTORICAL); do rm -f $(D)$(MANDIR)/man1/$$name.1; done
	for file in completions/bash/*; do rm -f $(D)$(BASHDIR)/$${file##*/}; done
	for file in completions/zsh/*; do rm -f $(D)$(ZSHDIR)/$${file##*/}; done
	for file in completions/fish/*; do rm -f $(D)$(FISHDIR)/$${file##*/}; done
	for file in completions/elvish/*; do rm -f $(D)$(ELVISHDIR)/$${file##*/}; done
	for file in completions/powershell/*; do rm -f $(D)$(POWERSHELLDIR)/$${file##*/}; done
	rm -f $(D)$(UNITDIR)/bt-track.service $(D)$(UNITDIR)/bt-track.socket $(D)$(APPDIR)/bt-open.desktop $(D)$(MAILCAPDIR)/bt
	rm -rf $(D)$(DOCDIR)
