"""Tokens a second of the built-in model beside llama.cpp's own server: the same file, threads, prompt and grammar, turn
about in one run. Usage: local_server.py FIGURES MODEL THREADS TOPIC...

FIGURES is the example `local_figures`. The Python that runs this has `llama-cpp-python[server]`, built on this machine.
Both sides are timed from their first piece of text to their last, so that neither pays for loading or reading."""
import json, os, re, statistics, subprocess, sys, time, urllib.request

figures, model, threads, topics = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
port = 8971
server = subprocess.Popen(
    [sys.executable, "-m", "llama_cpp.server", "--model", model, "--n_threads", threads, "--n_threads_batch", threads,
     "--n_ctx", "4096", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def theirs(request):
    body = {"stream": True, "max_tokens": 2300, "temperature": 0.3, "top_k": 30, "min_p": 0.08, "grammar": request["grammar"],
            "messages": [{"role": r, "content": request[r]} for r in ("system", "user")]}
    call = urllib.request.Request(f"http://127.0.0.1:{port}/v1/chat/completions", json.dumps(body).encode(),
                                  {"Content-Type": "application/json"})
    first = last = None
    text, pieces = "", 0
    with urllib.request.urlopen(call, timeout=900) as answer:
        for line in answer:
            if not line.startswith(b"data: {"):
                continue
            piece = json.loads(line[6:])["choices"][0]["delta"].get("content")
            if piece:
                last = time.monotonic()
                first = first or last
                text, pieces = text + piece, pieces + 1
    # A piece is a token. The first is where the clock starts.
    return (pieces - 1) / (last - first), text.count("</card>")


def ours(topic):
    env = dict(os.environ, AUTODECK_LOCAL_MODEL=model)
    out = subprocess.run([figures, topic], env=env, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"([\d.]+) tokens/s", out).group(1)), int(re.search(r"of +(\d+)", out).group(1))


try:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=2)
            break
        except OSError:
            time.sleep(0.5)
    ratios = []
    for topic in topics:
        asked = subprocess.run([figures, "--request", topic], capture_output=True, text=True, check=True).stdout
        (their_speed, their_cards), (our_speed, our_cards) = theirs(json.loads(asked)), ours(topic)
        ratios.append(our_speed / their_speed)
        print(f"{topic:<24} theirs {their_speed:5.1f} tokens/s, {their_cards} cards   "
              f"ours {our_speed:5.1f} tokens/s, {our_cards} cards   ratio {ratios[-1]:.2f}   load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})")
finally:
    server.terminate()
