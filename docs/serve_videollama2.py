"""Serves VideoLLaMA2 behind POST /v1/chat/completions, as much of it as `describe` needs.

VideoLLaMA2 has no such route of its own. Run this in an environment in which `import videollama2` works
(https://github.com/DAMO-NLP-SG/VideoLLaMA2, branch main):

    python docs/serve_videollama2.py --model-path DAMO-NLP-SG/VideoLLaMA2-7B-16F --port 8000

The frames of a request, N image_url parts or one video_url part of type video/jpeg, go to the model as one video.
Send as many as the checkpoint was trained with (8, or 16 for -16F): it fills up with black frames otherwise.
"""

import argparse
import base64
import io
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image

LARGEST_REQUEST = 256 * 2**20


def read_question(body):
    """Splits a chat request into its prompt and its frames, in order."""
    if len(body.get("messages", [])) != 1:
        raise ValueError("expected one user message")
    prompt, frames = [], []
    for part in body["messages"][0]["content"]:
        if part["type"] == "text":
            prompt.append(part["text"])
        elif part["type"] in ("image_url", "video_url"):
            head, *files = part[part["type"]]["url"].split(",")
            if head not in ("data:image/jpeg;base64", "data:video/jpeg;base64"):
                raise ValueError(f"expected a data URI of JPEG files, found {head[:40]}")
            frames += [Image.open(io.BytesIO(base64.b64decode(file))).convert("RGB") for file in files]
        else:
            raise ValueError(f"unknown part {part['type']}")
    if not prompt or not frames:
        raise ValueError("expected a text and at least one frame")
    return "\n".join(prompt), frames


class Handler(BaseHTTPRequestHandler):
    """One request; the model answers one at a time."""

    answer, name = None, ""

    def do_GET(self):
        if self.path.rstrip("/") == "/v1/models":
            self.reply(200, {"object": "list", "data": [{"id": self.name, "object": "model"}]})
        else:
            self.reply(404, {"error": {"message": "not found"}})

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        if self.path.rstrip("/") != "/v1/chat/completions" or not 0 < length <= LARGEST_REQUEST:
            self.reply(404, {"error": {"message": "not found"}})
            return
        try:
            body = json.loads(self.rfile.read(length))
            prompt, frames = read_question(body)
        except (ValueError, KeyError, TypeError, OSError) as error:
            self.reply(400, {"error": {"message": str(error)}})
            return
        try:
            text = type(self).answer(prompt, frames)
        except Exception as error:  # the server stays up whatever the model does
            self.reply(500, {"error": {"message": str(error)}})
            return
        if body.get("stream"):
            self.stream(text)
        else:
            message = {"role": "assistant", "content": text}
            self.reply(200, {
                "object": "chat.completion", "created": int(time.time()), "model": self.name,
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            })

    def stream(self, text):
        """The whole text as one piece."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for delta, finish in (({"role": "assistant", "content": text}, None), ({}, "stop")):
            chunk = {"object": "chat.completion.chunk", "model": self.name,
                     "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def reply(self, status, document):
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def load(model_path):
    """The model as a function of prompt and frames."""
    from videollama2 import mm_infer, model_init
    from videollama2.utils import disable_torch_init

    disable_torch_init()
    model, processor, tokenizer = model_init(model_path)
    lock = threading.Lock()

    def answer(prompt, frames):
        with lock:
            video = processor["video"](frames)
            return mm_infer(video, prompt, model=model, tokenizer=tokenizer, do_sample=False, modal="video")

    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model-path", default="DAMO-NLP-SG/VideoLLaMA2-7B-16F")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    Handler.name = options.model_path.rstrip("/").split("/")[-1]
    Handler.answer = staticmethod(load(options.model_path))
    print(f"{Handler.name} answers on http://{options.host}:{options.port}/v1", flush=True)
    ThreadingHTTPServer((options.host, options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
