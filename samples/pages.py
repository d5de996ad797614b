"""The sample pages: what is printed and written on each, and how it is scanned."""

from __future__ import annotations

import numpy as np
from forms import draw_fields, print_words, rule_line, write_in_box
from handwriting import write_digits
from paper import Field, Page, Style, blank_page
from scanning import add_noise, blur, photograph, scan_flat, scan_grey, skew


def invoice_form(rng: np.random.Generator) -> list[Page]:
    """Draws a boxed form, A4 at 300 dpi, flat black and white; two boxes are left empty."""
    style = Style(digit=68, rule=4, label=40)
    fields = (
        Field("invoice_number", "Invoice number", "20471836", (220, 780, 960, 118)),
        Field("supplier_number", "Supplier number", "603915", (1300, 780, 960, 118)),
        Field("order_number", "Order number", "4500072819", (220, 1030, 960, 118)),
        Field("customer_number", "Customer number", "0018264", (1300, 1030, 960, 118)),
        Field("invoice_date", "Invoice date (day, month, year)", "14032023", (220, 1280, 960, 118)),
        Field("due_date", "Due date (day, month, year)", "", (1300, 1280, 960, 118)),
        Field("quantity", "Quantity", "375", (1300, 1730, 420, 118), label_x=220),
        Field("unit_price", "Price of one, in cents", "1249", (1300, 1900, 420, 118), label_x=220),
        Field("discount", "Discount, in cents", "", (1300, 2070, 640, 118), label_x=220),
        Field("net_amount", "Net amount, in cents", "468375", (1300, 2240, 640, 118), label_x=220),
        Field("tax_rate", "Tax, in per cent", "19", (1300, 2410, 300, 118), label_x=220),
        Field("tax_amount", "Tax amount, in cents", "88991", (1300, 2580, 640, 118), label_x=220),
        Field("total_amount", "Total, in cents", "557366", (1300, 2750, 760, 118), label_x=220),
    )
    page = blank_page(2480, 3508)
    print_words(page, "Supplier invoice", 220, 330, 104, bold=True)
    print_words(page, "Entry sheet for accounts payable", 220, 420, 50)
    rule_line(page, 220, 470, 2040, 8)
    print_words(page, "Write clearly inside the boxes, in black or dark blue ink, digits only.", 220, 550, 40)
    print_words(page, "Document", 220, 670, 54, bold=True)
    print_words(page, "Amounts", 220, 1640, 54, bold=True)
    draw_fields(page, fields, style, rng)
    rule_line(page, 220, 3180, 900, 3)
    print_words(page, "Signature of the person in charge", 220, 3235, 34)
    print_words(
        page, "Keep a copy. Send the sheet with the delivery note to the accounts office.", 220, 3360, 34
    )
    return [Page(scan_flat(page, rng, specks=350), fields)]


def membership_comb(rng: np.random.Generator) -> list[Page]:
    """Draws a form of combs, A5 at 200 dpi in grey; one comb is left empty."""
    style = Style(digit=42, rule=3, label=27, gap=4, ink=25)
    rows = (
        ("membership_number", "Membership number", "8830274615", 10),
        ("date_of_birth", "Date of birth", "27091984", 8),
        ("postal_code", "Postal code", "50937", 6),
        ("telephone", "Telephone", "0221734068", 14),
        ("bank_account", "Bank account", "310425590718", 16),
        ("branch_number", "Branch number", "642", 6),
        ("referred_by", "Referred by (membership number)", "", 10),
    )
    fields = tuple(
        Field(name, label, text, (650, 280 + 116 * index, 56 * cells + style.rule, 68), cells, label_x=90)
        for index, (name, label, text, cells) in enumerate(rows)
    )
    page = blank_page(1654, 1165)
    print_words(page, "Membership application", 90, 130, 58, bold=True)
    print_words(
        page, "One digit in each cell, beginning at the left. Leave what is not needed blank.", 90, 190, 25
    )
    draw_fields(page, fields, style, rng)
    print_words(page, "Hand this form in at the front desk or at any branch.", 90, 1110, 24)
    return [Page(scan_grey(page, rng, paper=232, softness=0.9), fields)]


def readings_table(rng: np.random.Generator) -> list[Page]:
    """Draws a ruled table, A5 at 200 dpi in grey: printed names, handwritten numbers, blank remarks."""
    style = Style(digit=54, rule=3, label=28, gap=4, ink=20)
    readings = {
        "Kitchen": "04817",
        "Laundry": "11352",
        "Boiler room": "09264",
        "Workshop": "7038",
        "Garage": "256",
        "Cellar": "19745",
        "Office": "63081",
        "Loft": "8420",
        "Garden": "00597",
        "Yard": "3146",
    }
    columns, top, row = (80, 420, 760, 1085), 260, 112
    page = blank_page(1165, 1654)
    print_words(page, "Water meter readings", 80, 130, 52, bold=True)
    print_words(page, "Read the black dials only. One line for each meter.", 80, 190, 25)
    for line in range(len(readings) + 2):
        rule_line(page, columns[0], top + line * row, columns[-1] + style.rule - columns[0], style.rule)
    for x in columns:
        rule_line(page, x, top, style.rule, (len(readings) + 1) * row + style.rule)
    for x, words in zip(columns, ("Meter", "Reading", "Remarks"), strict=False):
        print_words(page, words, x + 24, top + row // 2, 30, bold=True, anchor="lm")
    fields = []
    for number, (meter, reading) in enumerate(readings.items(), start=1):
        y = top + number * row
        print_words(page, meter, columns[0] + 24, y + row // 2, style.label, anchor="lm")
        box = (columns[1], y, columns[2] - columns[1] + style.rule, row + style.rule)
        fields.append(Field(f"reading_{number}", "", reading, box))
        write_in_box(page, fields[-1], style, rng)
    return [Page(scan_grey(page, rng, paper=262, softness=0.7), tuple(fields))]


def photo_tally(rng: np.random.Generator) -> list[Page]:
    """Draws a boxed form as a skewed photo in uneven light, about 170 dpi."""
    style = Style(digit=40, rule=3, label=25, gap=4, ink=20)
    fields = (
        Field("store_number", "Store number", "3072", (120, 290, 520, 72)),
        Field("pallets", "Pallets", "48", (760, 290, 380, 72)),
        Field("count_date", "Date of the count", "05112022", (120, 432, 520, 72)),
        Field("cartons", "Cartons", "1360", (760, 432, 380, 72)),
        Field("article_number", "Article number", "7249015", (120, 574, 520, 72)),
        Field("pieces", "Loose pieces", "927", (760, 574, 380, 72)),
        Field("shelf", "Shelf", "586", (120, 716, 520, 72)),
        Field("damaged", "Damaged", "", (760, 716, 380, 72)),
        Field("counted_by", "Counted by (staff number)", "41903", (120, 858, 520, 72)),
        Field("counted_total", "Total", "17535", (760, 858, 380, 72)),
    )
    page = blank_page(1260, 1060)
    print_words(page, "Stock count", 120, 150, 52, bold=True)
    print_words(page, "Count twice, write once. Give the sheet to the shift leader.", 120, 200, 23)
    draw_fields(page, fields, style, rng)
    tilted = skew(Page(page, fields), 2.5)
    return [Page(photograph(tilted.image, rng), tilted.fields)]


def two_pages(rng: np.random.Generator) -> list[Page]:
    """Draws a form of two pages, A4 at 200 dpi, flat black and white; the second went in slightly askew."""
    style = Style(digit=46, rule=3, label=28)
    first = (
        Field("delivery_number", "Delivery note number", "90315572", (150, 480, 620, 82)),
        Field("route", "Route", "64", (880, 480, 200, 82)),
        Field("vehicle", "Vehicle number", "2087", (150, 670, 380, 82)),
        Field("driver", "Driver number", "71346", (880, 670, 420, 82)),
        Field("departure_time", "Departure (hours, minutes)", "0745", (150, 860, 380, 82)),
        Field("odometer_start", "Odometer at departure", "128903", (880, 860, 480, 82)),
    )
    second = (
        Field("stops", "Number of stops", "17", (880, 480, 240, 82), label_x=150),
        Field("parcels_delivered", "Parcels delivered", "253", (880, 610, 360, 82), label_x=150),
        Field("parcels_returned", "Parcels returned", "", (880, 740, 360, 82), label_x=150),
        Field("cash_collected", "Cash collected, in cents", "46820", (880, 870, 480, 82), label_x=150),
        Field("odometer_end", "Odometer at return", "129148", (880, 1000, 480, 82), label_x=150),
        Field("arrival_time", "Return (hours, minutes)", "1630", (880, 1130, 360, 82), label_x=150),
    )
    pages = []
    for fields, heading in ((first, "Departure"), (second, "Return")):
        image = blank_page(1654, 2339)
        print_words(image, "Driver's delivery report", 150, 230, 60, bold=True)
        rule_line(image, 150, 270, 1354, 5)
        print_words(image, heading, 150, 350, 38, bold=True)
        draw_fields(image, fields, style, rng)
        rule_line(image, 150, 1980, 600, 2)
        print_words(image, "Signature of the driver", 150, 2020, 24)
        pages.append(Page(image, fields))
    straight, askew = pages[0], skew(pages[1], 0.5)
    return [Page(scan_flat(page.image, rng, specks=120), page.fields) for page in (straight, askew)]


def columns(rng: np.random.Generator) -> list[Page]:
    """Draws two sheets of handwritten numbers one below the other, near A4 at 200 dpi: no boxes and no print.

    The sizes are whole points, so that a page rendered at 200 dpi has the very pixels of the scan.
    """
    style = Style(digit=58, rule=0, label=0, gap=4, ink=35)
    sheets = (
        ("48107", "2936", "60254", "715", "93348", "1802", "557", "36719", "4420", "98063"),
        ("300416", "87259", "14", "69035", "721848", "5390", "2761"),
    )
    pages = []
    for number, texts in enumerate(sheets, start=1):
        image, fields = blank_page(1650, 2325), []
        for index, text in enumerate(texts):
            x = 330 + round(float(rng.normal(0, 14)))
            baseline = 330 + 178 * index + round(float(rng.normal(0, 8)))
            box = write_digits(image, text, x, baseline, style, rng)
            fields.append(Field(f"sheet_{number}_line_{index + 1}", "", text, box))
        paper = np.minimum(blur(image, 0.8), 250).astype(np.uint8)
        pages.append(Page(add_noise(paper, 1.5, rng), tuple(fields)))
    return pages


def white_on_black(rng: np.random.Generator) -> list[Page]:
    """Draws a slip as film or a negative gives it: white writing and lines on black."""
    style = Style(digit=50, rule=3, label=28)
    fields = (
        Field("film_number", "Film number", "52068", (380, 130, 440, 86), label_x=70),
        Field("frame", "Frame", "397", (380, 250, 320, 86), label_x=70),
        Field("archive_box", "Archive box", "1104", (380, 370, 320, 86), label_x=70),
    )
    page = blank_page(900, 520)
    print_words(page, "Microfilm index slip", 70, 80, 36, bold=True)
    draw_fields(page, fields, style, rng)
    return [Page(255 - scan_flat(page, rng, specks=20), fields)]
