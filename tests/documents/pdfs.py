"""PDF files that a reader should not trust, written by hand."""

import zlib

CANARY = b"CANARY-7f3a9c51"
URL = b"http://127.0.0.1:9/" + CANARY
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SCRIPT = b"app.alert('" + CANARY + b"');"
JAVASCRIPT = b"<< /S /JavaScript /JS (" + SCRIPT + b") >>"
URI = b"<< /S /URI /URI (" + URL + b") >>"
LAUNCH = b"<< /S /Launch /F (cmd.exe) /Win << /F (cmd.exe) /P (" + CANARY + b") >> >>"


def stream(content: bytes, about: bytes = b"") -> bytes:
    """Return a stream object with its length."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), about, content)


def pdf(
    *,
    catalog: bytes = b"",
    page: bytes = b"",
    more: tuple[bytes, ...] = (),
    drawing: bytes = b"0 0 1 rg 20 20 60 60 re f",
    trailer: bytes = b"",
    box: bytes = b"[0 0 200 200]",
) -> bytes:
    """Write a PDF of one page: 1 catalog, 2 tree, 3 page, 4 drawing, from 5 on what is given."""
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox "
        + box
        + b" /Contents 4 0 R /Resources << >> "
        + page
        + b" >>",
        stream(drawing),
        *more,
    )
    return assemble(parts, trailer)


def assemble(parts: tuple[bytes, ...], trailer: bytes = b"") -> bytes:
    """Write objects 1, 2, ... with a right table of places; the first is the catalog."""
    text, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    start = len(text)
    text += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    text += b"".join(b"%010d 00000 n \n" % place for place in places)
    text += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(parts) + 1, trailer)
    return text + b"startxref\n%d\n%%%%EOF\n" % start


def pages(count: int) -> bytes:
    """Write a PDF of so many empty pages."""
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(count))
    leaf = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 50 50] >>"
    return assemble(
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % count,
            *([leaf] * count),
        )
    )


def acting() -> dict[str, bytes]:
    """Return PDFs that want to do something when they are opened, read, printed or clicked."""
    found = {
        "open-javascript": pdf(catalog=b"/OpenAction " + JAVASCRIPT),
        "open-launch": pdf(catalog=b"/OpenAction " + LAUNCH),
        "open-uri": pdf(catalog=b"/OpenAction " + URI),
        "open-remote": pdf(catalog=b"/OpenAction << /S /GoToR /F (" + URL + b") /D [0 /Fit] >>"),
        "open-embedded": pdf(catalog=b"/OpenAction << /S /GoToE /T << /R /C /N (a) >> >>"),
        "open-thread": pdf(catalog=b"/OpenAction << /S /Thread /F (" + URL + b") /D 0 >>"),
        "open-sound": pdf(catalog=b"/OpenAction << /S /Sound /Sound 5 0 R >>", more=(_sound(),)),
        "open-movie": pdf(catalog=b"/OpenAction << /S /Movie /T (" + CANARY + b") >>"),
        "open-import": pdf(catalog=b"/OpenAction << /S /ImportData /F (" + URL + b") >>"),
        "open-submit": pdf(catalog=b"/OpenAction << /S /SubmitForm /F (" + URL + b") >>"),
        "open-reset": pdf(catalog=b"/OpenAction << /S /ResetForm >>"),
        "open-rendition": pdf(catalog=b"/OpenAction << /S /Rendition /JS (" + SCRIPT + b") >>"),
        "open-named-print": pdf(catalog=b"/OpenAction << /S /Named /N /Print >>"),
        "open-chain": pdf(
            catalog=b"/OpenAction 5 0 R", more=(b"<< /S /URI /URI (" + URL + b") /Next 5 0 R >>",)
        ),
        "named-javascript": pdf(
            catalog=b"/Names << /JavaScript << /Names [(a) " + JAVASCRIPT + b"] >> >>"
        ),
        "hex-names": pdf(catalog=b"/Open#41ction << /S /J#61vaScript /J#53 (" + SCRIPT + b") >>"),
        "script-in-stream": pdf(
            catalog=b"/OpenAction << /S /JavaScript /JS 5 0 R >>", more=(stream(SCRIPT),)
        ),
        "script-flate": pdf(
            catalog=b"/OpenAction << /S /JavaScript /JS 5 0 R >>",
            more=(stream(zlib.compress(SCRIPT), b"/Filter /FlateDecode"),),
        ),
        "script-hex": pdf(
            catalog=b"/OpenAction << /S /JavaScript /JS <" + SCRIPT.hex().encode() + b"> >>"
        ),
        "unc-path": pdf(catalog=rb"/OpenAction << /S /GoToR /F (\\\\127.0.0.1\\a) /D [0 /Fit] >>"),
        "file-url": pdf(catalog=b"/OpenAction << /S /URI /URI (file:///etc/passwd) >>"),
    }
    for moment in (b"WC", b"WS", b"DS", b"WP", b"DP"):
        name = f"catalog-aa-{moment.decode().lower()}"
        found[name] = pdf(catalog=b"/AA << /" + moment + b" " + JAVASCRIPT + b" >>")
    for moment in (b"O", b"C"):
        name = f"page-aa-{moment.decode().lower()}"
        found[name] = pdf(page=b"/AA << /" + moment + b" " + JAVASCRIPT + b" >>")
    return found


def noted() -> dict[str, bytes]:
    """Return PDFs with notes, fields and players on the page."""
    notes = {
        "link-uri": b"/Subtype /Link /A " + URI,
        "link-launch": b"/Subtype /Link /A " + LAUNCH,
        "link-javascript": b"/Subtype /Link /A " + JAVASCRIPT,
        "link-hover": b"/Subtype /Link /AA << /E " + JAVASCRIPT + b" >>",
        "file-note": b"/Subtype /FileAttachment /FS 6 0 R",
        "rich-media": b"/Subtype /RichMedia /RichMediaContent << /Assets << >> >>",
        "screen": b"/Subtype /Screen /A " + JAVASCRIPT,
        "movie": b"/Subtype /Movie /Movie << /F (" + URL + b") >>",
        "sound": b"/Subtype /Sound /Sound 6 0 R",
        "three-d": b"/Subtype /3D /3DD 6 0 R",
        "pop-up": b"/Subtype /Text /Contents (" + CANARY + b")",
        "button": b"/Subtype /Widget /FT /Btn /T (b) /A " + JAVASCRIPT,
        "signature": b"/Subtype /Widget /FT /Sig /T (s) /V << /Contents <00> >>",
        "hidden": b"/Subtype /Text /F 2 /Contents (" + CANARY + b")",
    }
    attached = stream(EICAR, b"/Type /EmbeddedFile")
    spec = b"<< /Type /Filespec /F (" + CANARY + b".exe) /EF << /F 7 0 R >> >>"
    return {
        f"note-{name}": pdf(
            page=b"/Annots [5 0 R]",
            more=(b"<< /Type /Annot /Rect [0 0 90 90] " + note + b" >>", spec, attached),
        )
        for name, note in notes.items()
    }


def carrying() -> dict[str, bytes]:
    """Return PDFs that carry files, forms, outside references and words about themselves."""
    spec = b"<< /Type /Filespec /F (%s) /EF << /F 6 0 R >> >>"
    file = stream(EICAR, b"/Type /EmbeddedFile")
    turned = "\u202efdp.exe".encode("utf-16-be")
    names = b"/Names << /EmbeddedFiles << /Names [(a) 5 0 R] >> >>"
    form = b"/AcroForm << /Fields [] /XFA 5 0 R >>"
    xml = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "' + URL + b'">]><a>&x;</a>'
    outside = b"<< /Length 0 /F (" + URL + b") /FFilter /FlateDecode >>\nstream\n\nendstream"
    return {
        "embedded": pdf(catalog=names, more=(spec % b"a.exe", file)),
        "embedded-traversal": pdf(catalog=names, more=(spec % b"../../etc/passwd", file)),
        "embedded-override": pdf(catalog=names, more=(spec % turned, file)),
        "collection": pdf(catalog=names + b" /Collection << >>", more=(spec % b"a.pdf", file)),
        "associated": pdf(catalog=b"/AF [5 0 R]", more=(spec % b"a", file)),
        "xfa": pdf(catalog=form, more=(stream(xml),)),
        "xfa-script": pdf(catalog=form, more=(stream(b"<script>" + SCRIPT + b"</script>"),)),
        "acroform-calculate": pdf(
            catalog=b"/AcroForm << /Fields [5 0 R] /CO [5 0 R] >>",
            more=(b"<< /FT /Tx /T (t) /V (" + CANARY + b") /AA << /C " + JAVASCRIPT + b" >> >>",),
        ),
        "xmp-xxe": pdf(catalog=b"/Metadata 5 0 R", more=(stream(xml, b"/Type /Metadata"),)),
        "info": pdf(trailer=b"/Info 5 0 R", more=(b"<< /Author (" + CANARY + b") >>",)),
        "eicar-comment": pdf() + b"%" + EICAR + b"\n",
        "eicar-object": pdf(more=(stream(EICAR),)),
        "outside-stream": pdf(page=b"/Thumb 5 0 R", more=(outside,)),
        "outside-drawing": pdf(page=b"/Contents 5 0 R", more=(outside,)),
        "reference-xobject": pdf(
            page=b"/Resources << /XObject << /R 5 0 R >> >>",
            drawing=b"/R Do",
            more=(stream(b"", b"/Subtype /Form /BBox [0 0 9 9] /Ref << /F (" + URL + b") >>"),),
        ),
        "opi-picture": pdf(
            page=b"/Resources << /XObject << /R 5 0 R >> >>",
            drawing=b"/R Do",
            more=(stream(b"", b"/Subtype /Form /BBox [0 0 9 9] /OPI << /2.0 << >> >>"),),
        ),
        "layers": pdf(catalog=b"/OCProperties << /OCGs [] /D << >> >>"),
        "dests": pdf(catalog=b"/Dests << /" + CANARY + b" [3 0 R /Fit] >>"),
        "outline": pdf(
            catalog=b"/Outlines 5 0 R",
            more=(
                b"<< /First 6 0 R /Last 6 0 R /Count 1 >>",
                b"<< /Title (" + CANARY + b") /Parent 5 0 R /A " + LAUNCH + b" >>",
            ),
        ),
        "base-url": pdf(catalog=b"/URI << /Base (" + URL + b") >>"),
        "hidden-text": pdf(drawing=b"BT 3 Tr /F 9 Tf (" + CANARY + b") Tj ET"),
        "earlier-version": _updated(),
    }


def broken() -> dict[str, bytes]:
    """Return PDFs with loops, lies about sizes, and pages that no machine should draw."""
    plain = pdf()
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>"
    catalog = b"<< /Type /Catalog /Pages 2 0 R >>"
    leaf = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 50 50] >>"
    bomb = zlib.compress(b"0 0 m " * 3_000_000, 9)
    return {
        "encrypted": pdf(trailer=b"/Encrypt 5 0 R /ID [<00> <00>]", more=(_locked(),)),
        "tree-loop": assemble((catalog, tree % (b"2 0 R", 1))),
        "tree-loop-long": assemble((catalog, tree % (b"3 0 R", 9), tree % (b"2 0 R", 9))),
        "count-lies-high": assemble((catalog, tree % (b"3 0 R", 2_000_000_000), leaf)),
        "count-lies-low": assemble((catalog, tree % (b"3 0 R", -5), leaf)),
        "no-pages": assemble((catalog, tree % (b"", 0))),
        "no-catalog": b"%PDF-1.7\ntrailer\n<< /Size 1 >>\nstartxref\n9\n%%EOF\n",
        "thirty-one-pages": pages(31),
        "ten-thousand-pages": pages(10_000),
        "huge-page": pdf(box=b"[0 0 9000000000 9000000000]"),
        "long-page": pdf(box=b"[0 0 1 14400]"),
        "no-box": pdf(box=b"[0 0 0 0]"),
        "negative-box": pdf(box=b"[0 0 -5 -5]"),
        "not-a-number-box": pdf(box=b"[nan inf 1e99 -1e99]"),
        "user-unit": pdf(page=b"/UserUnit 1000000000"),
        "xref-loop": plain.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % plain.index(b"xref")),
        "xref-far": plain[: plain.rindex(b"startxref")] + b"startxref\n99999999999\n%%EOF\n",
        "object-stream-bomb": pdf(
            more=(stream(bomb, b"/Type /ObjStm /N 1000000 /First 10 /Filter /FlateDecode"),)
        ),
        "drawing-bomb": pdf(page=b"/Contents 5 0 R", more=(stream(bomb, b"/Filter /FlateDecode"),)),
        "filter-chain": pdf(
            more=(stream(bomb, b"/Filter [" + b"/FlateDecode " * 900 + b"]"),),
            page=b"/Contents 5 0 R",
        ),
        "forms-in-forms": _nested(),
        "deep-array": pdf(catalog=b"/X " + b"[" * 60_000 + b"]" * 60_000),
        "deep-dictionary": pdf(catalog=b"/X " + b"<</A " * 60_000 + b">>" * 60_000),
        "picture-flood": pdf(
            page=b"/Resources << /XObject << /P 5 0 R >> >>",
            drawing=b"q 90 0 0 90 0 0 cm /P Do Q",
            more=(_picture(200_000, 200_000),),
        ),
        "font-damaged": pdf(
            page=b"/Resources << /Font << /F 5 0 R >> >>",
            drawing=b"BT /F 20 Tf 9 9 Td (a) Tj ET",
            more=(
                b"<< /Type /Font /Subtype /TrueType /FontDescriptor << /FontFile2 6 0 R >> >>",
                stream(b"\0\1\0\0" + b"\xff" * 4_000),
            ),
        ),
        "pattern-in-itself": pdf(
            page=b"/Resources << /Pattern << /P 5 0 R >> >>",
            drawing=b"/Pattern cs /P scn 0 0 99 99 re f",
            more=(
                stream(
                    b"/Pattern cs /P scn 0 0 9 9 re f",
                    b"/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.001 "
                    b"/YStep 0.001 /Resources << /Pattern << /P 5 0 R >> >>",
                ),
            ),
        ),
        "jbig2-damaged": pdf(
            page=b"/Resources << /XObject << /P 5 0 R >> >>",
            drawing=b"/P Do",
            more=(_picture(64, 64, b"/Filter /JBIG2Decode", b"\0" * 7 + b"\xff" * 90),),
        ),
        "jpx-damaged": pdf(
            page=b"/Resources << /XObject << /P 5 0 R >> >>",
            drawing=b"/P Do",
            more=(_picture(64, 64, b"/Filter /JPXDecode", b"\xff\x4f\xff\x51" + b"\xff" * 90),),
        ),
        "truncated": plain[: len(plain) // 3],
        "header-only": b"%PDF-1.7\n",
        "header-and-noise": b"%PDF-1.7\n" + bytes(range(256)) * 40,
        "postscript-after": b"%PDF-1.7\n%!PS\n(a) run showpage\n",
    }


def _sound() -> bytes:
    return stream(b"\0" * 9, b"/Type /Sound /R 8000")


def _locked() -> bytes:
    digest = b"<" + b"ab" * 32 + b">"
    return b"<< /Filter /Standard /V 1 /R 2 /O %s /U %s /P -4 >>" % (digest, digest)


def _updated() -> bytes:
    first = pdf(drawing=b"BT (" + CANARY + b") Tj ET")
    start = len(first)
    first += b"4 0 obj\n" + stream(b"0 1 0 rg 0 0 50 50 re f") + b"\nendobj\n"
    table = len(first)
    first += b"xref\n4 1\n%010d 00000 n \n" % start
    before = first.index(b"\nxref") + 1
    first += b"trailer\n<< /Size 5 /Root 1 0 R /Prev %d >>\n" % before
    return first + b"startxref\n%d\n%%%%EOF\n" % table


def _nested() -> bytes:
    """Ten forms, each of which draws the next ten times: 10,000,000,000 squares."""
    forms = []
    for level in range(10):
        inside = b"<< /XObject << /N %d 0 R >> >>" % (6 + level)
        last = level == 9
        forms.append(
            stream(
                b"0 0 9 9 re f" if last else b"/N Do " * 10,
                b"/Subtype /Form /BBox [0 0 99 99] " + (b"" if last else b"/Resources " + inside),
            )
        )
    return pdf(
        page=b"/Resources << /XObject << /N 5 0 R >> >>", drawing=b"/N Do", more=tuple(forms)
    )


def _picture(width: int, height: int, about: bytes = b"", content: bytes = b"\0" * 90) -> bytes:
    return stream(
        content,
        b"/Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 %s"
        % (width, height, about),
    )
