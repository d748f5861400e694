"""A server of the tests that speaks OpenAI's protocol, answers from a script and counts it all.

It shares nothing with the planner: what it counted is what its endpoint was asked, and what its
answers cost is worked out from published rates where a test needs it.
"""

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REFUSAL = object()
"""In a script: the model declines."""
LOCKED = object()
"""In a script: the server does not know the key."""


class Scripted:
    """What a model says to each prompt, turn by turn, and what it was asked."""

    def __init__(self, script, delay_s=0.0, delay_s_per_token=0.0):
        self.script, self.delay_s, self.delay_s_per_token = script, delay_s, delay_s_per_token
        self.asked = Counter()
        self.finished = Counter()
        self.tokens = Counter()
        self.keys = set()
        self.usages = []
        self.bodies = []
        self.hold_from = None
        self.lock = threading.Lock()

    def answer(self, body, key):
        """The answer to one request."""
        prompt = next(m["content"] for m in body["messages"] if m["role"] == "user")
        turn = sum(m["role"] == "assistant" for m in body["messages"])
        said = self.script(prompt)
        said = said[min(turn, len(said) - 1)] if isinstance(said, list) else said
        text = json.dumps(body["messages"]) + json.dumps(body.get("tools", []))
        usage = {"prompt_tokens": len(text) // 3, "completion_tokens": len(str(said)) // 3 + 1}
        with self.lock:
            self.keys.add(key)
            self.bodies.append(body)
            self.asked[prompt, turn] += 1
            place = sum(self.asked.values())
        if self.hold_from is not None and place > self.hold_from:
            time.sleep(600)
        time.sleep(self.delay_s + self.delay_s_per_token * usage["completion_tokens"])
        with self.lock:
            self.finished[prompt, turn] += 1
            self.tokens.update(usage)
            self.usages.append(usage)
        return self._choice(said), usage | {"total_tokens": sum(usage.values())}

    @staticmethod
    def _choice(said):
        if said is LOCKED:
            return LOCKED
        if said is REFUSAL:
            return {"role": "assistant", "content": None, "refusal": "I can't help with that."}
        if isinstance(said, dict):
            call = {"name": said["call"], "arguments": json.dumps(said["with"])}
            calls = [{"id": "call_1", "type": "function", "function": call}]
            return {"role": "assistant", "content": None, "tool_calls": calls}
        return {"role": "assistant", "content": said}


@contextmanager
def serving_script(scripted):
    """Address of a server that answers from a script."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            message, usage = scripted.answer(body, self.headers.get("Authorization"))
            if message is LOCKED:
                self.send_error(401)
                return
            reason = "tool_calls" if message.get("tool_calls") else "stop"
            held = {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1,
                "model": body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": reason}],
                "usage": usage,
            }
            text = json.dumps(held).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
