-- nothing
select "calls"."no" from "calls" where ("calls"."started_at" <= $1
  and ("calls"."started_at" < $2 or "calls"."no" < $3))
-- [1,1,2]

-- columns
select "calls"."no" from "calls" where ("calls"."pbx" = $1
  and "calls"."direction" = $2
  and "calls"."lost_stage" = $3
  and "calls"."line" = $4
  and "calls"."trunk" = $5
  and "calls"."responsible" = $6
  and "calls"."queue" = $7
  and "calls"."answered" = $8
  and "calls"."open" = $9
  and "calls"."transferred" = $10
  and "calls"."recorded" = $11
  and "calls"."result_code" = $12
  and "calls"."talk_ms" >= $13)
-- ["main","inbound","ivr","'; drop table calls; --","t","101","q",1,0,1,0,200,1]

-- missed
select "calls"."no" from "calls" where ("calls"."direction" = $1
  and "calls"."answered" = $2)
-- ["inbound",0]

-- not missed
select "calls"."no" from "calls" where ("calls"."direction" <> $1 or "calls"."answered" = $2)
-- ["inbound",1]

-- extension
select "calls"."no" from "calls" where ("calls"."responsible" = $1 or exists (select 1 as "one" from "legs" where "legs"."call_no" = "calls"."no"
  and "legs"."extension" = $2))
-- ["101","101"]

-- number
select "calls"."no" from "calls" where (select numbers.digits like $1 or numbers.e164 like $2 from numbers where numbers.id = calls.number_id)
-- ["%7916%","%7916%"]

-- e164
select "calls"."no" from "calls" where (select numbers.e164 = $1 from numbers where numbers.id = calls.number_id)
-- ["79161234567"]

-- time
select "calls"."no" from "calls" where ("calls"."started_at" >= $1
  and "calls"."started_at" < $2)
-- [1772323200000,1772409600000]
