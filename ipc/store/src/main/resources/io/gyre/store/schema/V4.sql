-- Version 4: nothing.

SELECT 1;
