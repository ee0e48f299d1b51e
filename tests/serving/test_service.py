"""The service over HTTP: the verifier's own answer, every refusal in a sentence, nothing kept."""

import contextlib
import io
import socket
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import numpy as np
import pytest
import uvicorn
from PIL import Image
from small_verifier import THRESHOLD, make_verifier, png, shifted

from deepsign_helpers import encoders, serving
from deepsign_helpers.verifier import FIGURES, Fusion, LikelihoodLine, Verifier

LINE = LikelihoodLine(slope=10.0, intercept=-5.0, low=-1.5, high=2.0)
written = []  # what this process opens for writing while `record` is set
record = threading.Event()


def note_writing(event: str, arguments: tuple) -> None:
    if record.is_set() and event == "open":
        path, mode, flags = arguments
        if (mode and set(mode) & set("wax+")) or (flags or 0) & 0o3:  # O_WRONLY or O_RDWR
            written.append(path)


sys.addaudithook(note_writing)


@contextlib.contextmanager
def watched_writing():
    """Collect in `written` what any thread opens for writing inside the block."""
    written.clear()
    record.set()
    try:
        yield
    finally:
        record.clear()


@contextlib.contextmanager
def running(app):
    """Yield a client of the app, served on a free port of this computer."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verifier")
    make_verifier(line=LINE).save(folder)
    return folder


@pytest.fixture(scope="module")
def client(folder):
    with running(serving.create_app(folder)) as client:
        yield client


def form(references, questioned) -> list:
    return [("references", reference) for reference in references] + [
        ("questioned", one) for one in questioned
    ]


def ask(client, references, questioned) -> httpx.Response:
    return client.post("/v1/verify", files=form(references, questioned))


@pytest.fixture
def images(signature):
    """Three references and a questioned image, as PNG files with names."""
    return [(f"scan_{seed}.png", png(shifted(signature, seed))) for seed in range(4)]


def test_the_answer_is_the_verifiers_own(client, folder, images):
    answer = ask(client, images[:3], images[3:])
    assert answer.status_code == 200
    contents = [content for _, content in images]
    verifier = Verifier.load(folder)
    expected = verifier.verify(contents[:3], contents[3]).to_dict()
    found = answer.json()
    assert found["score"] == pytest.approx(expected["score"], abs=1e-6)
    assert found["likelihood_ratio"] == pytest.approx(expected["likelihood_ratio"], rel=1e-4)
    assert (found["decision"], found["warnings"]) == (expected["decision"], expected["warnings"])
    (signal,) = found["evidence"]
    assert signal == pytest.approx(expected["evidence"][0], abs=1e-6)
    assert found["thresholds"] == {"accept_from": THRESHOLD, "reject_below": THRESHOLD}
    assert found["protocol"] == verifier.protocol


def test_a_fused_verifier_answers_with_a_sentence_a_signal_even_with_one_reference(
    tmp_path, images
):
    fusion = Fusion(FIGURES, (0.5,) * 7, (0.1,) * 7, (0.25, *(0.125,) * 6))
    fused = replace(make_verifier("partial"), fusion=fusion)
    fused.save(tmp_path)
    with running(serving.create_app(tmp_path)) as client:
        answer = ask(client, images[:1], images[3:])
    assert answer.status_code == 200
    expected = fused.verify([images[0][1]], images[3][1]).to_dict()
    found = answer.json()
    assert found["score"] == pytest.approx(expected["score"], abs=1e-3)
    assert found["warnings"] == expected["warnings"]
    for signal, known in zip(found["evidence"], expected["evidence"], strict=True):
        assert (signal["signal"], signal["sentence"]) == (known["signal"], known["sentence"])
        assert signal["spreads"] == pytest.approx(known["spreads"], abs=1e-3)


def test_the_same_scan_is_accepted_with_a_warning_and_nothing_usual(client, images):
    found = ask(client, images[:1], images[:1]).json()
    (signal,) = found["evidence"]
    assert signal["value"] == pytest.approx(0, abs=1e-3)
    assert signal["usual"] is None
    assert found["decision"] == "accept"
    assert found["warnings"] == [
        "The questioned signature is the same image as a reference: nobody signs twice alike."
    ]


def test_what_is_doubtful_about_a_scan_is_said_with_its_name(client, images, signature):
    turned = png(np.ascontiguousarray(np.rot90(signature)))
    found = ask(client, images[:2], [("scan_9.png", turned)]).json()
    (warning,) = found["warnings"]
    assert warning.startswith("scan_9.png: it is much taller than wide")


def test_what_is_no_signature_is_refused_with_the_reason(client, images):
    page = np.full((128, 256), 255, np.uint8)
    page[60:63, 20:236] = 0  # a rule
    answer = ask(client, images[:2], [("form.png", png(page))])
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("form.png: no ink is left; printed rules")


def test_a_score_within_the_band_goes_to_a_person(tmp_path, images):
    make_verifier(accept_from=1.1, reject_below=0.0).save(tmp_path)
    with running(serving.create_app(tmp_path)) as client:
        found = ask(client, images[:1], images[1:2]).json()
    assert found["decision"] == "review"
    assert found["thresholds"] == {"accept_from": 1.1, "reject_below": 0.0}
    assert found["likelihood_ratio"] is None


def test_ten_references_of_every_format_are_taken(client, signature, images):
    gray = Image.fromarray(signature)
    files = []
    formats = [
        ("png", "RGBA"),
        ("jpeg", "CMYK"),
        ("jpeg", "RGB"),
        ("tiff", "L"),
        ("bmp", "1"),
        ("png", "P"),
    ]
    for suffix, mode in formats:
        stream = io.BytesIO()
        gray.convert(mode).save(stream, suffix)
        files.append((f"{mode}.{suffix}", stream.getvalue()))
    answer = ask(client, files + images, images[:1])
    assert answer.status_code == 200
    assert len(files + images) == 10


def test_health_tells_threshold_and_protocol(client):
    answer = client.get("/v1/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["thresholds"]["accept_from"] == THRESHOLD
    assert answer.json()["protocol"]["fusion"] == "mean"


def test_the_interface_describes_its_form_and_loads_nothing_from_elsewhere(client):
    body = client.get("/v1/openapi.json").json()["paths"]["/v1/verify"]["post"]["requestBody"]
    assert set(body["content"]["multipart/form-data"]["schema"]["properties"]) == {
        "references",
        "questioned",
    }
    assert client.get("/docs").status_code == 404


BLANK = png(np.full((100, 200), 255, np.uint8))
NOISE = png(
    np.random.default_rng(0).integers(0, 256, (2000, 1800), np.uint8)
)  # 3.6 MB, and no signature


def bomb() -> bytes:
    """Return a small file that says that it holds 64 megapixels."""
    stream = io.BytesIO()
    Image.new("1", (8000, 8000), 1).save(stream, "PNG")
    return stream.getvalue()


BAD_FILES = {
    "empty.png": (b"", 422, "the file is empty"),
    "letter.pdf": (b"%PDF-1.7 and so on", 422, "is not an image"),
    "cut.png": (png(np.full((400, 400), 255, np.uint8))[:60], 422, "damaged or cut short"),
    "blank.png": (BLANK, 422, "no ink found"),
    "tiny.png": (png(np.full((8, 8), 255, np.uint8)), 422, "under 16 px"),
    "black.png": (png(np.zeros((100, 200), np.uint8)), 422, "dark"),
    "bomb.png": (bomb(), 422, "megapixels"),
    "huge.tif": (b"II*\0" + bytes(10_500_000), 413, "has 10.5 MB, 10 at most"),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("field", ["references", "questioned"])
def test_a_bad_file_gets_one_sentence_that_names_it(client, images, name, field):
    content, status, sentence = BAD_FILES[name]
    good, bad = images[:2], [(name, content)]
    answer = (
        ask(client, good + bad, images[:1]) if field == "references" else ask(client, good, bad)
    )
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(f"{name}: ")
    assert sentence in answer.json()["detail"]
    assert is_one_sentence(answer.json()["detail"])


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text[-1] in ".?" and ". " not in text and "? " not in text


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ((0, 1), "references: no files; send 1 to 10"),
        ((11, 1), "references: 11 files; send 1 to 10"),
        ((1, 0), "questioned: no files"),
        ((1, 2), "questioned: 2 files"),
        ((200, 1), "request: cannot be read (too many files)"),
    ],
)
def test_a_wrong_number_of_files_is_refused_with_the_number(client, images, numbers, sentence):
    answer = ask(client, images[:1] * numbers[0], images[:1] * numbers[1])
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"].startswith(sentence)
    assert is_one_sentence(answer.json()["detail"])


BOUNDARY = "multipart/form-data; boundary=line"


def part(disposition: str, content: bytes) -> bytes:
    """Return the body of a form of one part."""
    head = f"--line\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()
    return head + content + b"\r\n--line--\r\n"


@pytest.mark.parametrize(
    ("content_type", "body", "status", "sentence"),
    [
        ("application/json", b'{"references": []}', 415, "request: is no form of files"),
        ("image/png", BLANK, 415, "request: is no form of files"),
        (None, b"", 415, "request: is no form of files"),
        ("multipart/form-data", b"x", 400, "request: cannot be read (missing boundary"),
        (BOUNDARY, b"nonsense", 400, "request: cannot be read"),
        (BOUNDARY, b"", 422, "references: no files"),
        (
            BOUNDARY,
            part('name="references"', b"text"),
            422,
            "references: is text, not a file",
        ),
        (
            BOUNDARY,
            part('name="photo"; filename="a"', b"x"),
            422,
            "photo: is no field",
        ),
    ],
)
def test_what_is_not_the_form_is_refused_in_one_sentence(
    client, content_type, body, status, sentence
):
    headers = {"content-type": content_type} if content_type else {}
    answer = client.post("/v1/verify", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(sentence)
    assert is_one_sentence(answer.json()["detail"])


def test_a_request_of_60_megabytes_is_refused_without_keeping_it_or_breaking_off(client):
    with watched_writing():
        answer = ask(client, [("a.png", bytes(60_000_000))], [("b.png", b"")])
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("request: has over 50 MB in all")
    assert written == []


def test_a_large_body_of_the_wrong_type_is_heard_out_before_it_is_refused(client):
    sent = 0

    def slowly():
        nonlocal sent
        for _ in range(20):
            yield bytes(500_000)
            sent += 500_000
            time.sleep(0.005)

    answer = client.post("/v1/verify", content=slowly(), headers={"content-type": "image/png"})
    assert answer.status_code == 415
    assert sent == 10_000_000


def test_a_name_is_shown_back_without_folder_line_break_or_end(client, images):
    answer = ask(client, images[:1], [("C:\\private\\na\x07me" + "e" * 300 + ".png", BLANK)])
    assert len(answer.json()["detail"]) < 200
    assert "private" not in answer.json()["detail"]
    assert "\x07" not in answer.json()["detail"]


def test_no_upload_is_written_anywhere_and_none_is_remembered(
    client, images, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    large = [(f"large_{number}.png", NOISE) for number in range(3)]
    with watched_writing():
        answer = ask(client, large, images[:1])
    assert answer.status_code in (200, 422)
    assert written == []
    assert list(tmp_path.iterdir()) == []


def test_the_watch_over_writing_sees_a_spooled_upload():
    with watched_writing(), tempfile.SpooledTemporaryFile(max_size=10) as spool:
        spool.write(b"more than ten bytes")
    assert written


def test_health_is_answered_while_a_request_is_being_judged(client, images, monkeypatch):
    begun, end = threading.Event(), threading.Event()

    def slow_embed(encoder, prepared):
        begun.set()
        assert end.wait(30)
        return np.eye(len(prepared), 8, dtype=np.float32)

    monkeypatch.setattr(encoders, "embed", slow_embed)
    with ThreadPoolExecutor(1) as pool:
        judging = pool.submit(ask, client, images[:1], images[1:2])
        assert begun.wait(30)
        assert httpx.get(f"{client.base_url}/v1/health", timeout=5).status_code == 200
        assert not judging.done()
        end.set()
        assert judging.result().status_code == 200


def test_requests_at_the_same_time_get_their_own_answers(client, images):
    alone = [ask(client, images[:2], [image]).json() for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = pool.map(
            lambda image: httpx.post(
                f"{client.base_url}/v1/verify", files=form(images[:2], [image])
            ),
            images,
        )
    for expected, answer in zip(alone, together, strict=True):
        assert answer.json()["score"] == pytest.approx(expected["score"], abs=1e-5)


def test_one_request_is_judged_at_a_time(client, images, monkeypatch):
    judging, most = [], []

    def counting_embed(encoder, prepared):
        judging.append(1)
        most.append(len(judging))
        time.sleep(0.1)
        judging.pop()
        return np.eye(len(prepared), 8, dtype=np.float32)

    monkeypatch.setattr(encoders, "embed", counting_embed)
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda image: httpx.post(
                    f"{client.base_url}/v1/verify", files=form(images[:2], [image])
                ),
                images,
            )
        )
    assert most == [1] * 8  # references and questioned signature of four requests


def test_a_client_that_hangs_up_leaves_the_service_running_and_silent(client, caplog):
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        connection.sendall(
            f"POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: {BOUNDARY}\r\n".encode()
        )
        connection.sendall(b"Content-Length: 1000\r\n\r\n--line\r\n")
        time.sleep(0.2)
    time.sleep(0.2)
    assert client.get("/v1/health").status_code == 200
    assert caplog.records == []


def test_too_few_references_to_compare_with_each_other_are_refused(tmp_path, images):
    make_verifier("partial").save(tmp_path)
    with running(serving.create_app(tmp_path)) as client:
        refused = ask(client, images[:1], images[3:])
        assert refused.status_code == 422
        assert is_one_sentence(refused.json()["detail"])
        assert refused.json()["detail"].startswith("references: only 1; this verifier compares")
        assert ask(client, images[:2], images[3:]).status_code == 200


def test_without_a_verifier_one_sentence_says_how_to_train_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="so no verifier; train it again"):
        serving.create_app(tmp_path)


def test_a_damaged_verifier_is_not_served(tmp_path):
    make_verifier().save(tmp_path)
    (tmp_path / "encoder.keras").write_bytes(b"not the encoder that was saved")
    with pytest.raises(ValueError, match=r"encoder\.keras"):
        serving.create_app(tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_that_is_taken_is_named_with_the_cure_before_the_verifier_is_loaded(tmp_path, host):
    with socket.create_server((host, 0)) as taken:
        port = taken.getsockname()[1]
        sentence = (
            f"^{host}, port {port}: cannot be listened on \\(Address already in use\\); "
            "choose another port with --port, or another address with --host.$"
        )
        with pytest.raises(OSError, match=sentence):
            serving.serve(tmp_path / "nowhere", host=host, port=port)


@pytest.mark.parametrize("port", [-1, 0, 65_536, 99_999])
def test_a_port_that_does_not_exist_is_refused(tmp_path, port):
    with pytest.raises(
        ValueError, match=f"^port {port}: there is none; choose one from 1 to 65535"
    ):
        serving.serve(tmp_path / "nowhere", port=port)


def test_an_address_that_is_not_of_this_computer_is_refused(tmp_path):
    with pytest.raises(OSError, match=r"^203\.0\.113\.7, port 8123: cannot be .*--host"):
        serving.serve(tmp_path / "nowhere", host="203.0.113.7", port=8123)


def test_only_this_computer_is_answered_unless_another_address_is_asked_for(
    folder, monkeypatch, capsys
):
    calls = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: calls.append(options))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serving.serve(folder, port=port)
    assert (calls[0]["host"], calls[0]["port"]) == ("127.0.0.1", port)
    assert capsys.readouterr().err == ""
    serving.serve(folder, host="0.0.0.0", port=port)
    assert calls[1]["host"] == "0.0.0.0"
    assert "TLS" in capsys.readouterr().err
