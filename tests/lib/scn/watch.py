"""
Steps that follow what happens: event streams, and waiting for an event
that ends it.  Nothing here waits for time to pass but "wait seconds".
"""
import re
import time

from .door import NO_ANSWER, Stream
from .host import wait_until
from .text import OPERATORS, Failure, cut


class Watch:
    # --- streams ---

    def do_stream(self, rest):
        """stream $run as NAME [after N]; stream NAME again"""
        rest = self.spell(rest)
        match = re.fullmatch(r"(\w+) again", rest)
        if match:
            old = self.streams[match.group(1)]
            ids = old.ids()
            new = self.open_stream(old.run_id, ids[-1] if ids else 0)
            new.events[:0] = old.events
            new.comments += old.comments
            self.streams[match.group(1)] = new
            return
        match = re.fullmatch(r"(\S+) as (\w+)(?: after (\S+))?", rest)
        if not match:
            raise Failure("stream takes: stream $run as NAME [after N]")
        self.streams[match.group(2)] = self.open_stream(
            match.group(1), match.group(3))

    def open_stream(self, run, after):
        try:
            return Stream(self.door(), run, after, self.record.see)
        except NO_ANSWER as why:
            raise Failure("the stream: no answer: %r" % why) from why

    def do_leave(self, rest):
        self.stream_of(self.spell(rest)).close()

    def stream_of(self, name):
        if name not in self.streams:
            raise Failure("no stream is called \"%s\"" % name)
        return self.streams[name]

    # --- waiting ---

    def do_wait(self, rest):
        """wait host ends [with CODE]; stream …; row …; log …; meanwhile"""
        text, seconds = self.within(rest)
        word, _, what = text.partition(" ")
        method = getattr(self, "wait_" + word, None)
        if method is None:
            raise Failure("\"%s\" is nothing to wait for" % word)
        method(what, seconds)

    def wait_host(self, what, seconds):
        match = re.fullmatch(r"ends(?: with (-?\d+))?", what)
        if not match:
            raise Failure("wait host takes: ends [with CODE]")
        code = self.host.wait_exit(seconds)
        if match.group(1) is not None and code != int(match.group(1)):
            raise Failure("the host ended with %s, wanted %s\n%s" %
                          (code, match.group(1), self.host.log_tail()))
        self.ended()

    def wait_stream(self, what, seconds):
        what = self.spell(what)
        match = re.fullmatch(r"(\w+) (ends|(?:has (\d+) (events|comments)))",
                             what)
        if not match:
            raise Failure("wait stream takes: NAME ends|has N events")
        stream = self.stream_of(match.group(1))
        wanted = int(match.group(3) or 0)

        def there():
            if match.group(2) == "ends":
                return stream.ended
            if len(stream.events) < wanted and stream.ended:
                raise Failure("the stream ended after %d events: %s %s" %
                              (len(stream.events), stream.problem,
                               cut(stream.end)))
            have = stream.comments if match.group(4) == "comments" else \
                len(stream.events)
            return have >= wanted
        wait_until(seconds, "stream %s" % what, there)

    def wait_row(self, what, seconds):
        wait_until(seconds, "row %s" % what, lambda: self.rows(what))

    def wait_log(self, what, seconds):
        condition, _, text = what.partition(" ")
        text = self.spell(text)
        wait_until(seconds, "the log %s" % what, lambda:
                   OPERATORS[condition](self.host.log_text(), text))

    def wait_seconds(self, what, seconds):
        """For what has to pass without an event, as an expiry."""
        time.sleep(float(self.spell(what)))
