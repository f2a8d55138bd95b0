"""What makes a row of a contact file fit to be dialled, and what is wrong with the rest."""
