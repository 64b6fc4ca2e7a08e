#!/usr/bin/env python3
"""An agent as a web server, with nothing but Python's standard library.

    python3 http_server.py 8080
    zaloxide run --agent http:http://127.0.0.1:8080/turn

Each envelope is posted as JSON. 200 with a reply in JSON, or with text, is the answer; 204 says
nothing; anything else fails the turn, and it is tried again.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Turns(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        envelope = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if envelope["chat"]["kind"] == "group":
            self.send_response(204)
            self.end_headers()
            return
        name = envelope["sender"]["name"] or "bạn"
        body = json.dumps({"text": f"Chào {name}! {envelope['text']}"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Turns)
print(f"http://127.0.0.1:{server.server_port}/turn", flush=True)
server.serve_forever()
