"""What Cartesia's documents leave open, and how it is taken: each makes ringback more careful, none less."""

ASSUMED = (
    "which words a recipient's queue has is not listed: any but `pending` and `queued` holds",
    "`agent_call_id` is set once a call was dispatched: who is queued without one counts as not called",
    "recipients have no times: `last_updated_at` of the batch is taken for when anything of it moved last",
    "how recipients are shown after a cancel is open: they are compared with what was seen before it",
    "no page says that a batch calls anybody twice by itself: retries on request show in `retry_count`",
    "calls do not tell their batch: a repeated delivery is not seen",
    "why a dial failed is not told by `dial_failed`, so whoever it was to is held",
    "no key makes a create safe to send twice: a lost one is looked for by its name",
    "that no listing shows a name proves something only once one has shown a name of ours",
    "a create that is answered with 400 to 405, 413, 415 or 422 is taken for not processed",
    "metadata is what the agent is told of a recipient, and comes back as it was given",
    "no read counts the calls in the air: half of the permits are left to others",
    "ringing time and longest call of a batch are not shown, so waves have the platform's own",
)
