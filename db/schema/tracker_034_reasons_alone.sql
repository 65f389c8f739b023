-- A reason is a sentence without what stood in the row, which it quoted (ids, times, addresses).

update or replace rejected set reason = substr(reason, 1, instr(reason, ' (') - 1)
where reason like 'its time cannot be % (%' or reason like 'it is a record of another kind%(%'
    or reason like 'it has no address of a post of Bluesky (%';

update or replace rejected set reason = 'the id' || substr(reason, instr(reason, ' was damaged by a spreadsheet'))
where reason like 'the id %was damaged by a spreadsheet%';

update or replace rejected set reason = 'the id is not a number' where reason like 'the id % is not a number';

update or replace rejected set reason = 'it is an item of another platform, and of Zeeschuimer''s platforms only X is read'
where reason like 'it is an item of %, and of Zeeschuimer%';
