"""A reader of Trainyard's model files, written from docs/model-format.md, docs/columns.md and docs/splits.md.

It needs nothing but Python's standard library, and shows that what the documentation says suffices to predict:

    python3 model_reader.py < request.json

A request is {"predict": [paths of model files], "rows": [objects]}, answered by a list of outputs for each model and row,
{"intervals": [paths], "rows": [objects]}, answered by the two ends of an interval or null instead, or
{"split": {"classes": [a number for each row], "testFraction": 0.2, "seed": 1}}, answered by the numbers of the test rows.
"""

import base64
import itertools
import json
import math
import re
import struct
import sys
import unicodedata

NAN = math.nan

# --- texts -----------------------------------------------------------------------------------------------------------------

ASCII_SPACE = " \t\n\v\f\r"
SPACES = "\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
INVISIBLE = re.compile(f"[{SPACES}\u200b-\u200f\u2060]")
WIDE_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
FIRST_DIGITS = (0xFF10, 0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50)


def without_excel(text):
    """="00041", as spreadsheets write it to keep a text, is 00041."""
    match = re.fullmatch('="((?:[^"]|"")*)"', text)
    return text if match is None else match[1].replace('""', '"')


def trim_invisible(text):
    start, end = 0, len(text)
    while start < end and INVISIBLE.match(text[start]):
        start += 1
    while end > start and INVISIBLE.match(text[end - 1]):
        end -= 1
    return text[start:end]


def ascii_digits(text):
    """Digits of other scripts, signs and spaces in their ASCII forms."""
    text = trim_invisible(text)
    if text.isascii():
        return text
    plain = ""
    for character in text:
        first = next((zero for zero in FIRST_DIGITS if zero <= ord(character) < zero + 10), None)
        plain += character if first is None else str(ord(character) - first)
    plain = WIDE_SPACES.sub(" ", plain)
    plain = re.sub("^[\u2010-\u2013\u2212\ufe63\uff0d]", "-", plain)
    plain = re.sub("[\u2212\uff0d]$", "-", plain)
    for full, half in (("\uff0e", "."), ("\uff0c", ","), ("\uff0b", "+")):
        plain = plain.replace(full, half, 1)
    return plain


# --- numbers ---------------------------------------------------------------------------------------------------------------

PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
POINT = {"decimal": ".", "thousands": ""}


def parse_number(text, form):
    decimal, thousands = form["decimal"], form["thousands"]
    if thousands != "" and thousands in text:
        at = text.find(decimal)
        whole, rest = (text, "") if at < 0 else (text[:at], text[at:])
        groups = whole.split(thousands)
        if thousands in rest or not are_groups(groups, form.get("grouping")):
            return NAN
        text = "".join(groups) + rest
    if decimal != ".":
        if "." in text:
            return NAN
        text = text.replace(decimal, ".", 1)
    if PLAIN_NUMBER.fullmatch(text):
        return float(text)
    if re.fullmatch("[+-]?inf(?:inity)?", text, re.IGNORECASE):
        return -math.inf if text.startswith("-") else math.inf
    return NAN


def are_groups(groups, grouping):
    if grouping == "INDIAN":
        patterns = ["[+-]?[1-9][0-9]?"] + ["[0-9]{2}"] * (len(groups) - 2) + ["[0-9]{3}"]
    else:
        patterns = ["[+-]?[1-9][0-9]{0,2}"] + ["[0-9]{3}"] * (len(groups) - 1)
    return all(re.fullmatch(pattern, group) for pattern, group in zip(patterns, groups))


def number_of_text(text, form):
    value = parse_number(text, form)
    if not math.isnan(value):
        return value
    text = ascii_digits(without_excel(text))
    if re.fullmatch(f"[{SPACES}]", form["thousands"]):
        form = {**form, "thousands": " "}
    if "duration" in form:
        seconds = seconds_of(text, form["duration"])
        if not math.isnan(seconds):
            return seconds
    text = re.sub(f"^'(?=[^{SPACES}])", "", text)
    if form.get("parentheses") and text.startswith("(") and text.endswith(")"):
        inner = text[1:-1].strip()
        return NAN if re.match("[+-]", inner) else -bare_number(inner, form)
    return bare_number(text, form)


def bare_number(text, form):
    sign = text[0] if text[:1] in ("+", "-") and text else ""
    text = text[len(sign):].lstrip()
    prefix, suffix = form.get("prefix", ""), form.get("suffix", "")
    if prefix and text.startswith(prefix):
        text = text[len(prefix):].lstrip()
    if suffix and text.endswith(suffix):
        text = text[: -len(suffix)].rstrip()
    if text.endswith("-") and sign == "" and not re.match("[+-]", text):
        return -parse_number(with_exponent(text[:-1]), form)
    if sign != "" and re.match("[+-]", text):
        return NAN
    return parse_number(sign + with_exponent(text), form)


def with_exponent(text):
    pattern = r"^([+-]?(?:[0-9]*[.,][0-9]*(?=[dD][+-]?[0-9])|[0-9]+(?=[dD][+-])))[dD]([+-]?[0-9]{1,4})$"
    return re.sub(pattern, r"\1e\2", text)


CLOCK = re.compile(
    r"([+-]?)(?:([0-9]{1,6}) days?,? )?([0-9]{1,6}):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
    r"(?: ?([AaPp])\.?[Mm]\.?)?"
)


def seconds_of(text, two_parts):
    match = CLOCK.fullmatch(text)
    if match is None:
        return NAN
    sign, days, first, second, third, fraction, half = match.groups()
    is_long = third is not None or days is not None or half is not None or two_parts == "HOURS"
    hours = int(first) if is_long else 0
    if half is not None:
        if not 1 <= hours <= 12:
            return NAN
        hours = hours % 12 + (12 if half in "pP" else 0)
    minutes = int(second) if is_long else int(first)
    seconds = int(third) if third is not None else 0 if is_long else int(second)
    total = ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds + float(f"0.{fraction or 0}")
    return -total if sign == "-" else total


def missing_numbers(tokens, form):
    """The numbers among the tokens: in the format of the column, with a point, or with a comma that divides no thousands."""
    values = set()
    for token in tokens:
        if not re.search("[0-9]", token):
            continue
        values.add(parse_number(token, form))
        values.add(parse_number(token, POINT))
        if not re.fullmatch("[+-]?[1-9][0-9]{0,2},[0-9]{3}", token):
            values.add(parse_number(token, {"decimal": ",", "thousands": ""}))
    return {value for value in values if math.isfinite(value)}


# --- dates -----------------------------------------------------------------------------------------------------------------

DAY = 86_400_000
ENGLISH_MONTHS = (
    "january february march april may june july august september october november december".split()
)
# docs/columns.md, "Names of months".
MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "ene enero gen gennaio jan janeiro janner januar januari janv janvier stycznia янв январь января",
            "feb febbraio febrero februar februari fev fevereiro fevr fevrier lutego фев февраль февраля",
            "maart marca marco mars marts marz marzo mrt mrz мар март марта",
            "abr abril apr april aprile avr avril kwietnia апр апрель апреля",
            "mag maggio mai maio maj maja mayo mei маи мая",
            "czerwca giu giugno juin jun junho juni junio июн июнь июня",
            "juil juillet jul julho juli julio lipca lug luglio июл июль июля",
            "ago agosto aout aug august augusti augustus sierpnia авг август августа",
            "sep sept september septembre septiembre setembro setiembre settembre wrzesnia сен сентябрь сентября",
            "oct octobre octubre okt oktober ott ottobre outubro pazdziernika окт октябрь октября",
            "listopada nov november novembre novembro noviembre ноя ноябрь ноября",
            "dec december decembre des desember dez dezember dezembro dic dicembre diciembre grudnia дек декабрь декабря",
        ),
        1,
    )
    for name in names.split()
}

TIME = (
    r"(?:(?:[Tt]| +)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(?: ?([AaPp])[Mm])?"
    r"(?: ?([Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})" + TIME)
YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})" + TIME)
DAY_AND_NAME = re.compile(r"([0-9]{1,2})[ /-]([A-Za-z]{3,9})\.?,?[ /-]([0-9]{4})" + TIME)
NAME_AND_DAY = re.compile(r"([A-Za-z]{3,9})\.? ([0-9]{1,2}),? ([0-9]{4})" + TIME)


def days_since_1970(year, month, day):
    from_march = year - 1 if month <= 2 else year
    era, of_era = divmod(from_march, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + day_of_year - 719_468


def date_of_days(days):
    """Year, month and day of the month of a day, in the proleptic Gregorian calendar."""
    era, day = divmod(days + 719_468, 146_097)
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    of_month = day - (153 * month + 2) // 5 + 1
    return era * 400 + year + (1 if month >= 10 else 0), month + 3 if month < 10 else month - 9, of_month


def weekday_of(days):
    return (days + 3) % 7 + 1


def english_month(name):
    name = name.lower()
    if name == "sept":
        return 9
    return next((i for i, month in enumerate(ENGLISH_MONTHS, 1) if name in (month, month[:3])), 0)


def timestamp(year, month, day, time):
    lengths = (31, 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= lengths[month - 1]:
        return NAN
    date = days_since_1970(year, month, day) * DAY
    hour, minute, second, fraction, half, zone = time
    if hour is None:
        return float(date)
    hour, minute, second = int(hour), int(minute), int(second or 0)
    if half is not None:
        if not 1 <= hour <= 12:
            return NAN
        hour = hour % 12 + (12 if half in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return NAN
    offset = 0
    if zone is not None and zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        offset = (int(digits[:2]) * 60 + int(digits[2:4] or 0)) * (-1 if zone[0] == "-" else 1)
    milliseconds = 0 if fraction is None else float(f"0.{fraction}") * 1000
    return date + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds


def parse_date(text, order):
    if not 8 <= len(text) <= 40:
        return NAN
    match = YEAR_FIRST.fullmatch(text)
    if match:
        return timestamp(int(match[1]), int(match[3]), int(match[4]), match.groups()[4:])
    match = YEAR_LAST.fullmatch(text)
    if match:
        first, second, year, time = int(match[1]), int(match[3]), int(match[4]), match.groups()[4:]
        if order == "MDY":
            return timestamp(year, first, second, time)
        return timestamp(year, second, first, time) if order == "DMY" or match[2] == "." else NAN
    match = DAY_AND_NAME.fullmatch(text)
    if match:
        return timestamp(int(match[3]), english_month(match[2]), int(match[1]), match.groups()[3:])
    match = NAME_AND_DAY.fullmatch(text)
    if match:
        return timestamp(int(match[3]), english_month(match[1]), int(match[2]), match.groups()[3:])
    return NAN


def date_of_text(text, order):
    value = parse_date(text, order)
    if not math.isnan(value):
        return value
    text = trim_invisible(without_excel(text))
    text = re.sub(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,? +", "", text, flags=re.IGNORECASE | re.ASCII)
    text = re.sub(r" \([^()]{1,40}\)$", "", text)
    if not 6 <= len(text) <= 60:
        return NAN
    for pattern, scale in (
        ("[1-4][0-9]{18}", 1e-6),
        ("[1-4][0-9]{15}", 1e-3),
        (r"[1-4][0-9]{12}(?:\.[0-9]{1,6})?", 1),
        (r"[1-4][0-9]{9}(?:\.[0-9]{1,9})?", 1000),
    ):
        if re.fullmatch(pattern, text):
            return float(text) * scale if scale >= 1 else float(text) / round(1 / scale)
    iso = foreign_date(text)
    if iso is not None:
        return parse_date(iso, None)
    spelled = long_date(text, order)
    return NAN if spelled is None else parse_date(spelled, order)


def foreign_date(text):
    year = "((?:18|19|20|21)[0-9]{2})"
    match = re.fullmatch(f"{year}[-/ ]?Q([1-4])", text, re.IGNORECASE | re.ASCII)
    if match:
        return f"{match[1]}-{int(match[2]) * 3 - 2:02}-01"
    match = re.fullmatch(f"(?:Q([1-4])|([1-4])Q)[-/ ]?{year}", text, re.IGNORECASE | re.ASCII)
    if match:
        return f"{match[3]}-{int(match[1] or match[2]) * 3 - 2:02}-01"
    match = re.fullmatch(f"{year}-?W([0-9]{{2}})(?:-?([1-7]))?", text, re.IGNORECASE | re.ASCII)
    if match:
        week_date = date_of_week(int(match[1]), int(match[2]), int(match[3] or 1))
        if week_date is not None:
            return week_date
    return east_asian_date(ascii_digits(text)) or named_date(text)


def date_of_week(year, week, weekday):
    fourth = days_since_1970(year, 1, 4)
    monday = fourth - weekday_of(fourth) + 1 + (week - 1) * 7
    if week < 1 or date_of_days(monday + 3)[0] != year:
        return None
    day = monday + weekday - 1
    of_year, month, _ = date_of_days(day)
    return f"{of_year:04}-{month:02}-{day - days_since_1970(of_year, month, 1) + 1:02}"


ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
EAST_ASIAN = re.compile(
    "(?:([0-9]{4})|(明治|大正|昭和|平成|令和)([0-9]{1,2}|元)) ?[年년] ?([0-9]{1,2}) ?[月월](?: ?([0-9]{1,2}) ?[日号號일])?"
    "(?: ?[(（][^()（）]{1,4}[)）])?(?: ?([0-9]{1,2})(?::|時|时|시) ?([0-9]{2})(?:分|분)?(?:(?::| ?)([0-9]{2})(?:秒|초)?)?)?"
)


def east_asian_date(text):
    match = re.fullmatch(r"([0-9]{4})\. ([0-9]{1,2})\. ([0-9]{1,2})\.?", text)
    if match:
        return "-".join(match.groups())
    match = EAST_ASIAN.fullmatch(text)
    if match is None:
        return None
    full, era, of_era, month, day, hour, minute, second = match.groups()
    year = full or str(ERAS[era] + (1 if of_era == "元" else int(of_era)))
    time = "" if hour is None else f" {hour}:{minute}:{second or '00'}"
    return f"{year}-{month}-{day or 1}{time}"


LETTER = r"[^\W\d_]"
DAY_AND_FOREIGN_NAME = re.compile(
    rf"(?:{LETTER}{{2,13}}\.?, ?)?([0-9]{{1,2}})(?:\.|er|º|°)?[ -]?(?:de )?({LETTER}{{3,12}})\.?,?[ -](?:de |del )?"
    r"([0-9]{4})(?: ?г\.?)?(?:,? +([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?))?"
)
FOREIGN_NAME_AND_YEAR = re.compile(rf"({LETTER}{{3,12}})\.?,?[ -](?:de |del )?((?:18|19|20|21)[0-9]{{2}})")


def named_date(text):
    match = DAY_AND_FOREIGN_NAME.fullmatch(text)
    if match:
        month = foreign_month(match[2])
        time = "" if match[4] is None else f" {match[4]}"
        return None if month is None else f"{match[3]}-{month:02}-{int(match[1]):02}{time}"
    match = FOREIGN_NAME_AND_YEAR.fullmatch(text)
    month = None if match is None else foreign_month(match[1])
    return None if month is None else f"{match[2]}-{month:02}-01"


def foreign_month(word):
    decomposed = unicodedata.normalize("NFD", word.lower())
    return MONTHS.get("".join(c for c in decomposed if not unicodedata.category(c).startswith("M")))


COMPACT = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[T ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def long_date(text, order):
    match = COMPACT.fullmatch(text)
    if match:
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        time = "" if hour is None else f"T{hour}:{minute}:{second or '00'}{fraction or ''}{zone or ''}"
        return f"{year}-{month}-{day}{time}"
    match = re.fullmatch("((?:19|20|21)[0-9]{2})[-/](0[1-9]|1[0-2])", text)
    if match:
        return f"{match[1]}-{match[2]}-01"
    match = re.fullmatch(r"([A-Za-z]{3,9})\.?,?[ -]((?:19|20|21)[0-9]{2})", text)
    if match:
        return f"1 {match[1]} {match[2]}"
    match = re.fullmatch(r"([0-9]{1,2}[ /-][A-Za-z]{3,9}\.?[ /-])([0-9]{2})((?:[T ].*)?)", text)
    if match:
        return f"{match[1]}{full_year(match[2])}{match[3]}"
    match = re.fullmatch(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{2})((?:[T ].*)?)", text)
    if match is None:
        text = re.sub(r" ?(?:GMT|UTC)(?=[+-][0-9])", "", text, count=1)
        return re.sub(r"([0-9]) ([+-][0-9]{4})$", r"\1\2", text)
    first, mark, second, third, time = match.groups()
    if order == "YMD":
        return None if mark == "." else f"{full_year(first)}-{second}-{third}{time}"
    return f"{first}{mark}{second}{mark}{full_year(third)}{time}"


def full_year(digits):
    return str(int(digits) + (1900 if int(digits) >= 69 else 2000))


EARLIEST, END = days_since_1970(-9999, 1, 1) * DAY, days_since_1970(10_000, 1, 1) * DAY


def date_part(value, part):
    if math.isnan(value) or not EARLIEST <= value < END:
        return NAN
    if part == "ORDINAL":
        return value
    days = math.floor(value / DAY)
    if part == "HOUR":
        return math.floor((value - days * DAY) / 3_600_000)
    if part == "WEEKDAY":
        return weekday_of(days)
    year, month, day = date_of_days(days)
    if part == "DAY_OF_YEAR":
        return days - days_since_1970(year, 1, 1) + 1
    return {"YEAR": year, "MONTH": month, "DAY_OF_MONTH": day}[part]


# --- categories ------------------------------------------------------------------------------------------------------------

BOOLEANS = {"true", "false", "yes", "no", "t", "f", "y", "n"}


def canonical(text):
    text = trim_invisible(without_excel(text))
    if text.isascii():
        return text
    if not has_many_marks(text):
        text = unicodedata.normalize("NFC", text)
    text = re.sub("[\u200b\u2060\ufeff]", "", text)
    return WIDE_SPACES.sub(" ", text)


def has_many_marks(text):
    """More than 30 in a row: bringing n of them into canonical order takes n² steps."""
    count = 0
    for character in text:
        count = count + 1 if unicodedata.category(character).startswith("M") else 0
        if count > 30:
            return True
    return False


def whole_number(text):
    match = re.fullmatch(r"\+?(-?(?:0|[1-9][0-9]{0,14}))(?:\.0*)?", text)
    return None if match is None else int(match[1])


def javascript_string(value):
    """A number as JavaScript's String writes it."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    mantissa, exponent = f"{value:e}".split("e")
    digits, exponent = repr(float(value)), int(exponent)
    if -7 < exponent < 21:
        return digits if "e" not in digits else f"{value:.{len(digits.split('e')[0].replace('.', '').lstrip('-')) - 1 - exponent}f}"
    return re.sub("e([+-])0*", r"e\1", digits if "e" in digits else f"{value:e}")


def code_of(value, categories, tokens):
    """0 to k - 1 for the categories, k for any other text, k + 1 if missing."""
    other, missing = len(categories), len(categories) + 1
    if isinstance(value, bool):
        word = "true" if value else "false"
        text = next((category for category in categories if category.lower() == word), word)
    elif isinstance(value, (int, float)):
        text = javascript_string(value)
    elif isinstance(value, str):
        text = value.strip(ASCII_SPACE)
        if (text == "" or text in tokens) and text not in categories:
            return missing
    else:
        return missing
    are_booleans = all(category.lower() in BOOLEANS for category in categories)

    def known(text):
        if text in categories:
            return categories.index(text)
        folded = [i for i, category in enumerate(categories) if are_booleans and category.lower() == text.lower()]
        return folded[-1] if folded else None

    code = known(text)
    if code is not None:
        return code
    text = canonical(text)
    code = known(text)
    if code is not None:
        return code
    number = whole_number(text)
    if number is not None:
        same = [i for i, category in enumerate(categories) if whole_number(category) == number]
        if same:
            return same[-1]
    return missing if text == "" or text in tokens else other


# --- free texts ------------------------------------------------------------------------------------------------------------


def text_terms(text):
    """Hashes of the words of a text, and of the pairs of neighbouring ones; each once."""
    spaced = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text.lower())
    runs = [run[at : at + 64] for run in spaced.split(" ") for at in range(0, len(run), 64)]
    words = [unicodedata.normalize("NFC", word) for word in runs[:1000]]
    pairs = [f"{first} {second}" for first, second in zip(words, words[1:])]
    return dict.fromkeys(hash_of(term) for term in words + pairs)


def hash_of(text):
    hashed = 0x811C9DC5
    for character in text:
        hashed = (hashed ^ ord(character)) * 0x01000193 & 0xFFFFFFFF
    return hashed


# --- the model -------------------------------------------------------------------------------------------------------------

LEAF = 65_535
ELEMENTS = {"float64": ("d", 8), "uint32": ("I", 4), "uint16": ("H", 2)}
CYCLES = {"MONTH": (1, 12), "WEEKDAY": (1, 7), "HOUR": (0, 24), "DAY_OF_MONTH": (1, 31)}


def array(value):
    letter, size = ELEMENTS[value["type"]]
    data = base64.b64decode(value["base64"], validate=True)
    return struct.unpack(f"<{len(data) // size}{letter}", data)


def is_category(feature):
    """Texts with means are read as numbers."""
    return feature["kind"] == "CATEGORY" and "means" not in feature


def decoded(model):
    """A model of the file with its arrays as numbers, and its members if it is a blend."""
    model = {name: array(value) if isinstance(value, dict) and "base64" in value else value for name, value in model.items()}
    if "edges" in model:
        model["edges"] = [array(edges) for edges in model["edges"]]
    for term in model.get("terms", ()):
        term["weights"] = array(term["weights"])
    for member in model.get("members", ()):
        member["model"] = decoded(member["model"])
    if model["kind"] == "FOREST":
        model["nodeRights"] = forest_rights(model)
    if "slopeCounts" in model:
        model["slopeEnds"] = list(itertools.accumulate(model["slopeCounts"]))
    return model


def forest_rights(model):
    """The right child of a split is the node after the last node of its left side."""
    rights, waiting = [0] * len(model["nodeFeatures"]), []
    for node, feature in enumerate(model["nodeFeatures"]):
        if feature != LEAF:
            waiting.append(node)
            continue
        rights[node] = model["nodeValues"][node]
        if waiting:
            rights[waiting.pop()] = node + 1
    return rights


FIRST_PARTS = ("ORDINAL", "YEAR", "MONTH", "WEEKDAY", "HOUR")


def of_version(root):
    """The file without the fields that its version does not know; refused for a kind or a part of later ones."""
    for feature in root["features"]:
        is_later = feature["kind"] == "TEXT" or feature.get("part", "YEAR") not in FIRST_PARTS
        if root["version"] < 5 and is_later:
            raise ValueError(f"a feature of a later version than {root['version']}")
        if root["version"] < 4:
            feature.pop("means", None)
    for model in [root["model"], *(member["model"] for member in root["model"].get("members", ()))]:
        if root["version"] < 4 and model["kind"] == "LINEAR":
            model.pop("combine", None)
    return root


def read_feature(feature):
    if "means" in feature:
        return {**feature, "means": array(feature["means"])}
    if feature["kind"] == "TEXT":
        return {**feature, "weights": dict(zip(array(feature["terms"]), array(feature["weights"])))}
    return feature


class Model:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            root = json.load(file)
        if root["format"] != "trainyard-model" or root["version"] not in (3, 4, 5):
            raise ValueError("not a model file of version 3, 4 or 5")
        root = of_version(root)
        self.labels = root.get("labels")
        self.radius = root.get("interval", {}).get("radius")
        self.features = [read_feature(feature) for feature in root["features"]]
        self.tokens = frozenset(root["missingTokens"])
        self.model = decoded(root["model"])
        self.missing = [
            missing_numbers(root["missingTokens"], feature.get("numberFormat", POINT))
            if feature["kind"] == "NUMBER"
            else set()
            for feature in self.features
        ]

    def value(self, i, row):
        """The number of a feature, or the code of a category."""
        feature = self.features[i]
        value = row.get(feature["name"])
        if feature["kind"] == "CATEGORY":
            code = code_of(value, feature["categories"], self.tokens)
            if "means" not in feature:
                return code
            return feature["means"][code] if code < len(feature["means"]) else NAN
        if feature["kind"] == "TEXT":
            return self.score(feature, value)
        if feature["kind"] == "DATETIME":
            date = self.date(feature, row)
            if feature["part"] != "DAYS_SINCE":
                return date_part(date, feature["part"])
            return (date_part(date, "ORDINAL") - date_part(self.date(feature["since"], row), "ORDINAL")) / DAY
        number = self.number(value, lambda text: number_of_text(text, feature.get("numberFormat", POINT)))
        return NAN if number in self.missing[i] else number

    def score(self, feature, value):
        """What the words of a text are worth."""
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, (int, float)):
            value = javascript_string(value)
        if not isinstance(value, str) or value.strip(ASCII_SPACE) == "" or value.strip(ASCII_SPACE) in self.tokens:
            return NAN
        known = [feature["weights"][term] for term in text_terms(value) if term in feature["weights"]]
        return sum(known) / math.sqrt(max(1, len(known)))

    def date(self, column, row):
        return self.number(row.get(column["name"]), lambda text: date_of_text(text, column.get("dateOrder")))

    def number(self, value, parse):
        if isinstance(value, (bool, int, float)):
            number = float(value)
        elif isinstance(value, str):
            text = value.strip(ASCII_SPACE)
            number = NAN if text == "" or text in self.tokens else parse(text)
        else:
            number = NAN
        return number if math.isfinite(number) else NAN

    def predict(self, row):
        """A probability for each label, or the one value."""
        return self.estimate(self.model, [self.value(i, row) for i in range(len(self.features))])

    def estimate(self, model, values):
        if model["kind"] == "BLEND":
            return self.blend(model, values)
        if model["kind"] == "CONSTANT":
            return list(model["outputs"])
        if model["kind"] == "LINEAR":
            margins = self.linear_margins(model, values)
            return [math.exp(margins[0])] if model.get("combine") == "EXP_MARGINS" else self.outputs(margins)
        leaves = [self.leaf(model, root, values) for root in model["roots"]]
        if model["kind"] == "FOREST":
            return self.forest_outputs(model, leaves)
        if model["combine"] != "LEAVES":
            margins = list(model["startMargins"])
            size = model["leafSize"]
            for tree, leaf in enumerate(leaves):
                first = 0 if size > 1 else tree % len(margins)
                for k in range(size):
                    margins[first + k] += model["leafValues"][leaf * size + k]
                if model["combine"] == "LINEAR_MARGINS":
                    margins[0] += sum(self.slopes(model, leaf, values))
            return [math.exp(margins[0])] if model["combine"] == "EXP_MARGINS" else self.outputs(margins)
        size = model["leafSize"]
        return [sum(model["leafValues"][leaf * size + k] for leaf in leaves) / len(leaves) for k in range(size)]

    def interval(self, row):
        """The ends of the interval around the value; None for a model without one."""
        if self.radius is None:
            return None
        [value] = self.predict(row)
        return [value - self.radius, value + self.radius]

    def blend(self, model, values):
        blended = [0.0] * len(self.labels or [None])
        for member in model["members"]:
            for k, output in enumerate(self.estimate(member["model"], values)):
                blended[k] += member["weight"] * output
        if self.labels is None or model["temperature"] == 1:
            return blended
        powers = [output ** (1 / model["temperature"]) for output in blended]
        return [power / sum(powers) for power in powers]

    def linear_margins(self, model, values):
        count = model["marginCount"]
        margins = list(model["intercepts"])
        for feature, term, value in zip(self.features, model["terms"], values):
            weights, factor = term["weights"], 1
            cycle = CYCLES.get(feature.get("part"))
            if is_category(feature):
                start = value * count
            elif cycle is not None:
                start = (cycle[1] + 1 if math.isnan(value) else int(value) - cycle[0]) * count
            elif math.isnan(value):
                start = count
            else:
                start, factor = 0, (value - term["mean"]) / term["scale"]
            for k in range(count):
                margins[k] += factor * weights[start + k]
        return margins

    def leaf(self, model, node, values):
        splits = model["nodeValues" if model["kind"] == "FOREST" else "nodeSplits"]
        while model["nodeFeatures"][node] != LEAF:
            i, split = model["nodeFeatures"][node], splits[node]
            value = values[i]
            if is_category(self.features[i]):
                is_left = model["categorySets"][split + value // 32] >> (value % 32) & 1
            elif math.isnan(value):
                is_left = split & 1
            else:
                is_left = sum(edge < value for edge in model["edges"][i]) <= split // 2
            node = node + 1 if is_left else model["nodeRights"][node]
        return model["nodeRights"][node]

    def slopes(self, model, leaf, values):
        """What each slope of a leaf adds."""
        end = model["slopeEnds"][leaf]
        for j in range(end - model["slopeCounts"][leaf], end):
            value, bins = values[model["slopeFeatures"][j]], model["slopeBins"][j]
            lowest, middle, highest = bins % 256, bins // 256 % 256, bins // 65_536
            if not math.isnan(value):
                b = sum(edge < value for edge in model["edges"][model["slopeFeatures"][j]])
                yield model["slopes"][j] * (min(max(b, lowest), highest) - middle)

    def forest_outputs(self, model, leaves):
        if self.labels is None:
            return [sum(model["leafValues"][leaf] for leaf in leaves) / len(leaves)]
        shares = [0.0] * len(self.labels)
        for leaf in leaves:
            for i in range(model["leafEnds"][leaf - 1] if leaf > 0 else 0, model["leafEnds"][leaf]):
                shares[model["leafLabels"][i]] += model["leafValues"][i]
        rest = 1 - sum(model["background"])
        return [prior + rest * share / len(leaves) for prior, share in zip(model["background"], shares)]

    def outputs(self, margins):
        if self.labels is None:
            return margins
        if len(self.labels) == 2:
            power = math.exp(-abs(margins[0]))
            smaller, larger = power / (1 + power), 1 / (1 + power)
            return [larger, smaller] if margins[0] < 0 else [smaller, larger]
        powers = [math.exp(margin - max(margins)) for margin in margins]
        return [power / sum(powers) for power in powers]


# --- the split -------------------------------------------------------------------------------------------------------------

WORD = 0xFFFFFFFF


class Random:
    """xoshiro128** 1.1, seeded by splitmix32: docs/splits.md, steps 4 and 5."""

    def __init__(self, seed):
        mixer, words = seed & WORD, []
        for _ in range(4):
            mixer = (mixer + 0x9E3779B9) & WORD
            z = (mixer ^ (mixer >> 16)) * 0x21F0AAAD & WORD
            z = (z ^ (z >> 15)) * 0x735A2D97 & WORD
            words.append(z ^ (z >> 15))
        self.words = words

    def next(self):
        a, b, c, d = self.words
        result = rotate(b * 5 & WORD, 7) * 9 & WORD
        shifted = b << 9 & WORD
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        self.words = [a, b, c, rotate(d, 11)]
        return result

    def below(self, count):
        limit = 2**32 - 2**32 % count
        drawn = self.next()
        while drawn >= limit:
            drawn = self.next()
        return drawn % count


def rotate(word, bits):
    return (word << bits | word >> (32 - bits)) & WORD


def random_test_rows(classes, fraction, seed):
    """The test rows of RANDOM. `classes`: for each row the number of its class; all 0 for regression."""
    n = len(classes)
    t = math.floor(n * fraction + 0.5)
    members = [[row for row in range(n) if classes[row] == k] for k in sorted(set(classes))]
    is_regression = len(members) == 1

    def has_stratum(rows):
        expected = len(rows) * fraction
        return is_regression or (expected >= 1 and len(rows) - expected >= 1)

    strata = [rows for rows in members if has_stratum(rows)]
    rare = sorted(row for rows in members if not has_stratum(rows) for row in rows)
    if rare:
        strata.append(rare)
    exact = [len(rows) * t / n for rows in strata]
    sizes = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(strata)), key=lambda i: (-(exact[i] - sizes[i]), i))
    for i in by_remainder[: t - sum(sizes)]:
        sizes[i] += 1
    random, drawn = Random(seed), []
    for rows, size in zip(strata, sizes):
        left = size
        for at, row in enumerate(rows):
            if left == 0:
                break
            if random.below(len(rows) - at) < left:
                drawn.append(row)
                left -= 1
    return sorted(drawn)


def answer(request):
    if "split" in request:
        split = request["split"]
        return random_test_rows(split["classes"], split["testFraction"], split["seed"])
    if "intervals" in request:
        models = [Model(path) for path in request["intervals"]]
        return [[model.interval(row) for row in request["rows"]] for model in models]
    models = [Model(path) for path in request["predict"]]
    return [[model.predict(row) for row in request["rows"]] for model in models]


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
