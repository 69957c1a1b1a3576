"""The page for many photographs."""

TASK = "What to do"
TASKS = {
    "assess": "Assess only",
    "unreadable": "Restore what is not readable",
    "all": "Restore all",
}
"""Row of ``TASKS`` -> its name."""
START = "Start"
WELCOME = "Drop photographs, choose what to do, and start."
EMPTY = "One row for each photograph appears here: both pictures, the four labels before and after, and a verdict."
READY = "Files ready: {count}."
NEXT = (
    "Files for the next batch: {count}. Start it within ten minutes, when this one has ended, or send them again then."
)
WAITING = "Another batch is running. Number {place} in the queue; your files are kept"
STATUS = "Photograph {index} of {total}"
MINUTES_LEFT = "about {minutes:.0f} min left"
DONE = "Done. Photographs: {done}; restored: {restored}; could not be read: {failed}."
STOPPED = "Stopped. Finished and kept: {done} of {total}; restored: {restored}; could not be read: {failed}."
TABLE = "Photographs of this batch"
NUMBER, PICTURES, FILE, VERDICT = "No.", "Pictures", "File", "Verdict"
CSV, ZIP = "Table (CSV)", "Pictures and table (ZIP)"
