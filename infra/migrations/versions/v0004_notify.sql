-- Sent by the database itself: a writer needs no statement more, and none can forget it.
CREATE FUNCTION jejak.notify_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY jejak_log;
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_followers AFTER INSERT ON jejak.log
FOR EACH STATEMENT EXECUTE FUNCTION jejak.notify_followers();
