window.YTD.tweets.part0 = [
  {
    "tweet": {
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
  },
  {
    "tweet": {
      "id": "2096893800084408274",
      "id_str": "2096893800084408274",
      "full_text": "@ben_eg A fair challenge. #futurewelfare",
      "created_at": "Mon Sep 07 09:30:15 +0000 2026",
      "lang": "en",
      "favorite_count": "1",
      "retweet_count": "0",
      "truncated": false,
      "favorited": false,
      "retweeted": false,
      "entities": {
        "hashtags": [
          {
            "text": "futurewelfare",
            "indices": [
              "26",
              "40"
            ]
          }
        ],
        "symbols": [],
        "user_mentions": [
          {
            "screen_name": "ben_eg",
            "name": "Ben & Co",
            "id": "900000000000000102",
            "id_str": "900000000000000102",
            "indices": [
              "0",
              "1"
            ]
          }
        ],
        "urls": []
      },
      "in_reply_to_status_id_str": "2096871087928247273",
      "in_reply_to_status_id": "2096871087928247273",
      "in_reply_to_user_id_str": "900000000000000102",
      "in_reply_to_screen_name": "ben_eg"
    }
  },
  {
    "tweet": {
      "id": "2097416175481785275",
      "id_str": "2097416175481785275",
      "full_text": "RT @ben_eg: When the provider folded the council had nine days to find a home for sixty-four residents, and the people who found it were th…",
      "created_at": "Tue Sep 08 20:05:59 +0000 2026",
      "lang": "en",
      "favorite_count": "0",
      "retweet_count": "0",
      "truncated": false,
      "favorited": false,
      "retweeted": false,
      "entities": {
        "hashtags": [],
        "symbols": [],
        "user_mentions": [
          {
            "screen_name": "ben_eg",
            "name": "Ben & Co",
            "id": "900000000000000102",
            "id_str": "900000000000000102",
            "indices": [
              "0",
              "1"
            ]
          }
        ],
        "urls": []
      }
    }
  }
]
