"""Files as scanners, phones, programs and failing disks make them: whole, odd, damaged, endless."""

import struct
import zlib

import drawings
import numpy as np
from PIL import Image, ImageCms

WHITE_IS_ZERO = {262: 0}  # the tag of a TIFF
# First column and row of each pass of an interlaced PNG, and the steps to the next.
PASSES = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]

# Building blocks


def saved(image, file_format, **options):
    """Return a Pillow image as a file; of a copy, since an image keeps how it was last saved."""
    return drawings.saved(image.copy(), file_format, **options)


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(gray, rows=None, interlaced=False, claims=None, before=b"", unfinished=0):
    """Write a PNG by hand: of some of its rows alone, interlaced, or with a header that lies.

    The last bytes of its data may be left out, and chunks be put before them.
    """
    height, width = claims or gray.shape
    passes = PASSES if interlaced else [(0, 0, 1, 1)]
    data = b""
    for left, top, across, down in passes:
        part = gray[top:rows:down, left::across]
        data += b"".join(b"\0" + row.tobytes() for row in part if row.size)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlaced)
    packed = zlib.compress(data)
    packed = packed[: len(packed) - unfinished]
    chunks = png_chunk(b"IHDR", header) + before + png_chunk(b"IDAT", packed)
    return b"\x89PNG\r\n\x1a\n" + chunks + png_chunk(b"IEND", b"")


def tiff(data, width, height, bits=8, compression=1, tile=0, more=None):
    """Write a TIFF by hand: little endian, one strip or tile of grey levels, and more tags."""
    tags = {256: width, 257: height, 258: bits, 259: compression, 262: 1, 277: 1}
    if tile:
        tags |= {322: tile, 323: tile, 324: 8, 325: len(data)}
    else:
        tags |= {273: 8, 278: height, 279: len(data)}
    tags |= more or {}
    kinds = {282: 5}  # a fraction, which stands elsewhere; all others are whole numbers
    entries = [
        struct.pack("<HHII", tag, kinds.get(tag, 4), 1, value)
        for tag, value in sorted(tags.items())
    ]
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory


def twelve_bits(levels):
    """Pack levels of 12 bits: two in three bytes."""
    first = levels[:, ::2].astype(int)
    second = levels[:, 1::2].astype(int)
    packed = [first >> 4, (first & 15) << 4 | second >> 8, second & 255]
    return np.stack(packed, axis=2).astype(np.uint8).tobytes()


def jpeg_segment(marker, body):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg_of_many_scans(side, scans):
    """Write a small progressive JPEG that goes over a large white picture again and again."""

    def coded(bits):
        bits += "1" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")

    blocks = ((side + 7) // 8) ** 2
    head = b"\xff\xd8" + jpeg_segment(0xDB, b"\0" + b"\1" * 64)
    head += jpeg_segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0")
    head += jpeg_segment(0xC4, b"\0\1" + bytes(15) + b"\0")
    head += jpeg_segment(0xC4, b"\x10\1" + bytes(15) + b"\xe0")
    head += jpeg_segment(0xDA, b"\1\1\0\0\0\0") + coded("0" * blocks)
    runs = ""
    while blocks >= 16_384:
        run = min(blocks, 32_767)
        runs += "0" + format(run - 16_384, "014b")
        blocks -= run
    return head + (jpeg_segment(0xDA, b"\1\1\0\1\x3f\0") + coded(runs)) * scans + b"\xff\xd9"


def with_density(jpeg, unit, across, down):
    """Give a JPEG another density in its JFIF segment."""
    start = jpeg.index(b"JFIF\0") + 7
    return jpeg[:start] + struct.pack(">BHH", unit, across, down) + jpeg[start + 5 :]


def black_and_white(gray):
    return Image.fromarray(gray).convert("1", dither=Image.Dither.NONE)


# Whole files


def ways_to_store(gray):
    """Return files that all hold one drawing, or one with sharp edges, by name."""
    image = Image.fromarray(gray)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    height, width = gray.shape
    blank = Image.new("L", image.size, 255)
    sixteen = gray.astype("<u2") * 257
    twelve = np.round(gray / 255 * 4095)
    tile = np.full((256, 256), 255, np.uint8)
    tile[:height] = gray[:, :256]
    packed_tile = zlib.compress(tile.tobytes())
    files = {
        "PNG": saved(image, "PNG"),
        "PNG, interlaced": png(gray, interlaced=True),
        "PNG, ICC": saved(image.convert("RGB"), "PNG", icc_profile=profile),
        "PNG, animated": saved(image, "PNG", save_all=True, append_images=[blank.copy()]),
        "PNG, RGBA": saved(image.convert("RGBA"), "PNG"),
        "PNG, 20,000 texts": png(gray, before=png_chunk(b"tEXt", b"a\0b") * 20_000),
        "JPEG, ICC": saved(image.convert("RGB"), "JPEG", quality=95, icc_profile=profile),
        "JPEG, colour": saved(image.convert("RGB"), "JPEG", quality=95),
        "JPEG, progressive": saved(image.convert("RGB"), "JPEG", quality=95, progressive=True),
        "JPEG, with marks to restart": saved(image, "JPEG", quality=95, restart_marker_rows=1),
        "JPEG, bytes after its end": saved(image, "JPEG", quality=95) + bytes(100),
        "JPEG of two pictures": saved(
            image.convert("RGB"), "MPO", quality=95, save_all=True, append_images=[blank.copy()]
        ),
        "TIFF, two pages": saved(image, "TIFF", save_all=True, append_images=[blank.copy()]),
        "TIFF, 64 bits": saved(image, "TIFF", big_tiff=True),
        "TIFF, ICC": saved(image.convert("RGB"), "TIFF", icc_profile=profile),
        "TIFF, tile": tiff(packed_tile, 256, 200, compression=8, tile=256),
        "TIFF, white is 0": tiff((255 - gray).tobytes(), width, height, more=WHITE_IS_ZERO),
        "TIFF, 16 bits": tiff(sixteen.tobytes(), width, height, bits=16),
        "TIFF, 16 bits, white is 0": tiff(
            (65_535 - sixteen).tobytes(), width, height, bits=16, more=WHITE_IS_ZERO
        ),
        "TIFF, 12 bits": tiff(twelve_bits(twelve), width, height, bits=12),
        "BMP, colour": saved(image.convert("RGB"), "BMP"),
        "BMP, palette": saved(image.convert("P"), "BMP"),
    }
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "jpeg"):
        options = {"quality": 95} if compression == "jpeg" else {}
        for name, stored in {"grey": image, "colour": image.convert("RGB")}.items():
            files[f"TIFF, {name}, {compression}"] = saved(
                stored, "TIFF", compression=compression, **options
            )
    for compression in ("group3", "group4", "tiff_ccitt", "tiff_lzw"):
        files[f"TIFF, 1 bit, {compression}"] = saved(
            black_and_white(gray), "TIFF", compression=compression
        )
    for file_format in ("PNG", "BMP", "TIFF"):
        files[f"{file_format}, 1 bit"] = saved(black_and_white(gray), file_format)
    return files


# How EXIF's orientations 1 to 8 tell to hold an image, undone.
STORED_AS = {
    1: lambda gray: gray,
    2: np.fliplr,
    3: lambda gray: np.rot90(gray, 2),
    4: np.flipud,
    5: np.transpose,
    6: np.rot90,
    7: lambda gray: np.rot90(gray, 2).T,
    8: lambda gray: np.rot90(gray, 3),
}


def turned(gray):
    """Return files that each say how to hold them, so that the drawing is upright."""
    files = {}
    for orientation, turn in STORED_AS.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = Image.fromarray(np.ascontiguousarray(turn(gray)))
        for file_format, options in {"PNG": {}, "JPEG": {"quality": 95}, "TIFF": {}}.items():
            name = f"{file_format}, orientation {orientation}"
            files[name] = saved(stored, file_format, exif=exif, **options)
    return files


# Damaged files


def damaged(whole, flips, cuts, seed=0):
    """Return copies of a file's content: with one bit changed, and cut short."""
    rng = np.random.default_rng(seed)
    for bit in rng.integers(8 * 8, 8 * len(whole), flips):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        yield "flip", bytes(changed)
    for length in rng.integers(1, len(whole) - 1, cuts):
        yield "cut", whole[:length]


def refused(gray):
    """Return files that no signature can be taken from, with what is said of each."""
    image = Image.fromarray(gray)
    whole_png = saved(image, "PNG")
    whole_jpeg = saved(image, "JPEG")
    blank = Image.new("L", image.size, 255)
    frames = {"save_all": True, "append_images": [blank]}
    zeros = zlib.compress(bytes(300_000_000), 1)
    huge = (2**31 - 1, 2**31 - 1)
    filling = b"\xff" * 5_000_000
    height, width = gray.shape
    no_image = "is not an image that can be read"
    too_many = "is made of more parts than a picture needs"
    no_white = "does not say what is white"
    is_damaged = "damaged"
    return {
        "nothing": (b"", "the file is empty"),
        "a zero": (b"\0", no_image),
        "a megabyte of zeros": (bytes(1_000_000), no_image),
        "noise": (np.random.default_rng(0).bytes(5000), no_image),
        "text": ("подпись,kind\n".encode(), no_image),
        "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", no_image),
        "PDF": (saved(image, "PDF"), no_image),
        "HEIC, by its first bytes": (b"\0\0\0\x18ftypheic" + bytes(500), no_image),
        "GIF": (saved(image, "GIF"), no_image),
        "GIF, animated": (saved(image, "GIF", **frames), no_image),
        "WebP": (saved(image, "WEBP"), no_image),
        "WebP, animated": (saved(image, "WEBP", **frames), no_image),
        "PNG, half its rows": (png(gray, rows=100), is_damaged),
        "PNG, one row less": (png(gray, rows=199), is_damaged),
        "PNG, interlaced, half its rows": (png(gray, rows=100, interlaced=True), is_damaged),
        "PNG, a row too many": (png(gray, claims=(199, 400)), is_damaged),
        "PNG, 51 megapixels": (png(gray, claims=(6000, 8500)), "more than 50 megapixels"),
        "PNG, 4,000,000 megapixels": (
            png(gray, claims=huge),
            "more than 50 megapixels",
        ),
        "PNG, a million chunks": (png(gray, before=png_chunk(b"teSt", b"") * 1_000_000), too_many),
        "PNG, nothing but its first bytes": (whole_png[:8], is_damaged),
        "JPEG, cut and ended": (whole_jpeg[: len(whole_jpeg) // 2] + b"\xff\xd9", is_damaged),
        "JPEG without its end": (whole_jpeg[:-2], is_damaged),
        "JPEG, zeros in its middle": (
            whole_jpeg[:5000] + bytes(500) + whole_jpeg[5500:],
            is_damaged,
        ),
        "JPEG, 6,000 scans": (jpeg_of_many_scans(7000, 6000), too_many),
        "JPEG, 200 scans": (jpeg_of_many_scans(7000, 200), too_many),
        "JPEG, a million comments": (
            whole_jpeg[:2] + b"\xff\xfe\0\2" * 1_000_000 + whole_jpeg[2:],
            too_many,
        ),
        "JPEG, megabytes of filling": (
            whole_jpeg[:2] + filling + whole_jpeg[2:],
            too_many,
        ),
        "PNG, data without their checksum": (png(gray, unfinished=4), is_damaged),
        "TIFF, data without their checksum": (
            tiff(zlib.compress(gray.tobytes())[:-4], width, height, compression=8),
            is_damaged,
        ),
        "TIFF, 100 levels a pixel": (
            tiff(gray.tobytes(), width, height, more={277: 100}),
            "a rare kind of TIFF",
        ),
        "TIFF, a resolution beyond its end": (
            tiff(gray.tobytes(), width, height, more={282: 10**9}),
            is_damaged,
        ),
        "TIFF, float": (saved(image.convert("F"), "TIFF"), no_white),
        "TIFF, 32 bits": (saved(image.convert("I"), "TIFF"), no_white),
        "TIFF, 10 bits": (tiff(bytes(100_000), 400, 200, bits=10), "a rare kind of TIFF"),
        "TIFF, a tile of 1,600 megapixels": (
            tiff(zeros, 100, 100, compression=8, tile=40_000),
            "more than 50 megapixels",
        ),
        "TIFF, 300 MB for 80,000 pixels": (tiff(zeros, 400, 200, compression=8), is_damaged),
        "BMP, header alone": (saved(image, "BMP")[:54], is_damaged),
    }
