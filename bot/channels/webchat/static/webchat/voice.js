// A voice that says a message: only after a tap, one at a time, and silent as soon as the page is out of sight.

import { Refused, readVoice } from "./wire.js";

let playing = null;

export class Voice {
  // voice: {id, machine}; tell(text): what to say when it cannot be heard.
  constructor(voice, words, tell) {
    this.voice = voice;
    this.words = words;
    this.tell = tell;
    this.sound = null;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "listen";
    const sign = document.createElement("span");
    sign.className = "sign";
    sign.setAttribute("aria-hidden", "true");
    this.button.append(sign, document.createElement("span"));
    this.button.addEventListener("click", () => (playing === this ? this.stop() : this.play()));
    // The sound stands in the page: where the message goes, by hiding or wiping, it falls silent too.
    this.place = document.createElement("div");
    this.place.className = "heard";
    this.place.append(this.button);
    this.label();
  }

  // In the page's language, also after that changed.
  label() {
    const name = playing === this ? "voice_stop" : this.voice.machine ? "voice_machine" : "voice_listen";
    this.button.lastChild.textContent = this.words[name];
    this.button.classList.toggle("playing", playing === this);
  }

  async load() {
    const sound = document.createElement("audio");
    sound.src = URL.createObjectURL(await readVoice(this.voice.id));
    sound.addEventListener("ended", () => this.stop());
    this.place.append(sound);
    return sound;
  }

  async play() {
    playing?.stop();
    playing = this;
    this.label();
    try {
      this.sound ??= await this.load();
      if (playing !== this || document.hidden) return this.stop(); // tapped again, or gone, meanwhile
      this.sound.currentTime = 0;
      await this.sound.play();
    } catch (error) {
      if (playing !== this) return; // stopped while it began
      this.stop();
      this.tell(error instanceof Refused ? error.message : this.words.connection_lost);
    }
  }

  stop() {
    this.sound?.pause();
    if (playing === this) playing = null;
    this.label();
  }
}

document.addEventListener("visibilitychange", () => document.hidden && playing?.stop());
window.addEventListener("pagehide", () => playing?.stop());
