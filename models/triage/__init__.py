"""What is wrong with a job: observation, checks, findings, diagnosis."""
