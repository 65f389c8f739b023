window.YTD.tweet.part0 = [
 {
  "id": "2096871087928247273",
  "id_str": "2096871087928247273",
  "full_text": "Read the paper &amp; tell us #futurewelfare https://t.co/egeeeeeeee",
  "created_at": "Mon Sep 07 08:00:00 +0000 2026",
  "lang": "en",
  "favorite_count": "12",
  "retweet_count": "4",
  "truncated": false,
  "favorited": false,
  "retweeted": false,
  "entities": {
   "hashtags": [
    {
     "text": "futurewelfare",
     "indices": [
      "29",
      "43"
     ]
    }
   ],
   "symbols": [],
   "user_mentions": [],
   "urls": [
    {
     "url": "https://t.co/egeeeeeeee",
     "expanded_url": "https://example.org/paper",
     "display_url": "example.org/paper",
     "indices": [
      "44",
      "67"
     ]
    }
   ]
  }
 }
]
