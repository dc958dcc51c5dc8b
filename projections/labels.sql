CREATE OR REPLACE VIEW labels AS
SELECT vocabulary, code, indonesian, english
FROM label;

GRANT SELECT ON labels TO jejak_reader;
