"""What Vogent's documents leave open, and how it is taken: each makes ringback more careful, none less."""

ASSUMED = (
    "a pause stops dialling and hangs up no call in the air; it is the stop, for no cancel is documented",
    "whoever is neither queued nor among the dials may be on the line or lost: in doubt, and held in the end",
    "jobs have no counters: queue and dials are counted, and an upload tells who stands in neither",
    "a job that nobody has started calls nobody, and starting one twice starts it once",
    "inputs come back with queued rows and dials as they were given",
    "dials of one number with the same inputs are one contact, called more than once",
    "`durationSeconds` above 0, or a word of a human in the transcript, is taken for an answer",
    "why a dial failed is not told by FAILED, so whoever it was to is held",
    "no key makes a create safe to send twice: a lost one is looked for by its name",
    "that no listing shows a name proves something only once one has shown a name of ours",
    "a create or a start that is answered with 400 to 405, 413, 415 or 422 is taken for not processed",
    "a schedule is repeated by waves, and read with 0 as Sunday; a job outside its hours waits for them",
    "no read counts the calls in the air: half of the permits are left to others",
)
