"""The hall: tables become arrays and arrays tables, exactly or with a stated loss."""
