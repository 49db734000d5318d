"""Numbers as they are printed."""


def ratio(part, whole):
    return "-" if not part or not whole else f"{part / whole:.2f}"


def hundredths(value):
    return "-" if value is None else f"{value:.2f}"


def whole(value):
    return "-" if value is None else f"{value:.0f}"


def tenths(value):
    return "-" if value is None else f"{value:.1f}"


def ms(us):
    return "-" if us is None else f"{us / 1000:.2f}"


def mib(value):
    return "-" if value is None else f"{value / 2**20:.1f}"
