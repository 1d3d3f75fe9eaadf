/** Slack's names of the most common emoji, and their characters. Unknown names stay as typed. */
const table = `
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 clap 👏 wave 👋 pray 🙏 muscle 💪 raised_hands 🙌 raising_hand 🙋 point_up ☝️
point_right 👉 point_left 👈 point_down 👇 v ✌️ handshake 🤝 crossed_fingers 🤞 eyes 👀 facepalm 🤦 shrug 🤷 brain 🧠
smile 😄 grinning 😀 smiley 😃 grin 😁 laughing 😆 joy 😂 rofl 🤣 wink 😉 blush 😊 slightly_smiling_face 🙂 upside_down_face 🙃
sweat_smile 😅 sunglasses 😎 heart_eyes 😍 thinking_face 🤔 neutral_face 😐 expressionless 😑 unamused 😒 cry 😢 sob 😭 scream 😱
angry 😠 rage 😡 confused 😕 worried 😟 disappointed 😞 sweat 😓 weary 😩 sleeping 😴 exploding_head 🤯 partying_face 🥳 nerd_face 🤓
heart ❤️ broken_heart 💔 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 100 💯 boom 💥 fire 🔥 star ⭐ star2 🌟
sparkles ✨ tada 🎉 confetti_ball 🎊 rocket 🚀 zap ⚡ sunny ☀️ rainbow 🌈 gift 🎁 trophy 🏆 medal 🏅 dart 🎯 bulb 💡 bell 🔔
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ warning ⚠️ no_entry ⛔
no_entry_sign 🚫 octagonal_sign 🛑 rotating_light 🚨 question ❓ grey_question ❔ exclamation ❗ heavy_exclamation_mark ❗ bangbang ‼️
heavy_plus_sign ➕ heavy_minus_sign ➖ arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrows_counterclockwise 🔄 repeat 🔁
red_circle 🔴 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 white_circle ⚪ black_circle ⚫ hourglass ⌛
hourglass_flowing_sand ⏳ stopwatch ⏱️ alarm_clock ⏰ calendar 📅 date 📅 memo 📝 pencil 📝 pencil2 ✏️ book 📖 books 📚 bookmark 🔖
clipboard 📋 pushpin 📌 paperclip 📎 link 🔗 lock 🔒 unlock 🔓 key 🔑 mag 🔍 mag_right 🔎 hammer 🔨 wrench 🔧 hammer_and_wrench 🛠️
gear ⚙️ package 📦 wastebasket 🗑️ computer 💻 iphone 📱 email 📧 inbox_tray 📥 outbox_tray 📤 file_folder 📁 open_file_folder 📂
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 bug 🐛 robot_face 🤖 ghost 👻 skull 💀 poop 💩 hankey 💩
coffee ☕ beer 🍺 pizza 🍕 cake 🍰 construction 🚧 ship 🚢 test_tube 🧪 art 🎨 compass 🧭 telescope 🔭 thread 🧵 seedling 🌱
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ zero 0️⃣
`;

const words = table.trim().split(/\s+/);
const byName: ReadonlyMap<string, string> = new Map(
  words.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, words[at + 1] ?? ""]] : [])),
);
const skinTones = ["", "", "🏻", "🏼", "🏽", "🏾", "🏿"];

/** `:name:` and `:name::skin-tone-3:` as emoji where the name is known; anything else stays. Linear in the text. */
export function readShortcodes(text: string): string {
  return text.replace(/:([a-z0-9_+-]{1,60}):(?::skin-tone-([2-6]):)?/g, (whole, name: string, tone?: string) => {
    const emoji = byName.get(name);
    return emoji === undefined ? whole : emoji + (tone === undefined ? "" : (skinTones[Number(tone)] ?? ""));
  });
}
