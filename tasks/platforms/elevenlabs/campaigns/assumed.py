"""What the documents of outbound campaigns leave open, and how it is taken: always the careful way."""

TOKEN_SECONDS = 3600.0
"""For how long a key is taken to name its campaign; the client's documents name no end."""

ASSUMED = (
    "how long an idempotency key holds is not documented: it is used for less than an hour, then the listing",
    "what a second request does while the first is under way is open: it is asked again once that is over",
    "a create that is answered with an older campaign is ours only with our name and exactly our recipients",
    "a campaign counts as over only when none of its leads may be called any more, whatever its status says",
    "what a second stop does is open: a campaign that is stopping, or over, is not told again",
    "whether batches that a campaign makes are listed is open: one that shares its calls is no job beside it",
    "leads show variables and four overrides: whatever else a call was given is not repeated",
    "a lead that tells of more calls than are listed was maybe called again",
    "leads that ended by a list, a removal or a wish for another time or number are left to a person",
    "a create that is answered with 400 to 405, 413, 415 or 422 is taken for not processed",
)
