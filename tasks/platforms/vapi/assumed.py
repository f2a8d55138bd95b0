"""What Vapi's documents leave open, and how it is taken: each makes ringback more careful, none less."""

ASSUMED = (
    "what a campaign's contacts were told is not shown: it is taken from the upload that is handed over",
    "while lines are busy the platform itself tries contacts again for up to an hour",
    "who failed without a call is in doubt until the campaign has ended, or was cancelled an hour ago",
    "no key makes a create safe to send twice: a lost one is looked for by its name, held if not found",
    "a create that is answered with 400 to 405, 413, 415 or 422 is taken for not processed",
    "calls are listed in no documented order: full answers are asked for again in parts of time",
    "how contacts without a call are shown after a cancel is open: only contact.pending counts as not called",
    "no read counts the calls in the air: half of the permits are left to others",
    "campaigns of version 1 and archived ones are not listed: a second run among these is not seen",
    "a campaign of version 1 is only read: its customers have no states, so one without a call is unknown",
    "whether its counters tell of now or of all along is open: no more count than there are customers",
)
