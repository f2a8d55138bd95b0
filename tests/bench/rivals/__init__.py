"""What one would use instead of ringback, where it is not a package that ringback stands on."""
