"""What can go wrong on the page: what is wrong, and what to do."""

NOTHING_OPEN = ("No photograph is open.", "Open one first.")
EXPIRED = (
    "The photograph is no longer on the server: it stays for 10 minutes at most, and not beyond a lost connection.",
    "Open it again.",
)
NO_ADDRESS = ("Only uploaded files are read: no addresses, and no files of the server.", "Upload the photograph first.")
RESULT_EXPIRED = (
    "The result is no longer on the server: it stays for 10 minutes at most, and not beyond a lost connection.",
    "Restore again.",
)
REFERENCE_SIZE = (
    "The reference has {reference} pixels and the photograph has {photograph}.",
    "Use a reference of the same size.",
)
QUEUE_FULL = (
    "Many photographs are being restored right now.",
    "Try again in a minute; your photograph and the last result stay open.",
)
UNEXPECTED = (
    "Something failed on our side; your photograph and the last result are unchanged.",
    "Try again, and tell us if it happens again.",
)
FILE_EXPIRED = (
    "The file is no longer on the server: it stays for 10 minutes at most, and not beyond a lost connection.",
    "Send it again.",
)
FILE_UNEXPECTED = ("Something failed on our side with this file.", "Try it alone, and tell us if it happens again.")
