"""A bare ASGI server: it reads the body and answers `ok`. Prints its address; ends with its input."""

import sys
import threading

import uvicorn


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        print(f"{host}:{port}", flush=True)


def end():
    sys.stdin.read()
    server.should_exit = True


server = Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
threading.Thread(target=end, daemon=True).start()
server.run()
